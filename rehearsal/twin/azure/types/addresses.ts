/** IPv4 ranges in CIDR notation, as network resources need them. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Undefined when the text is not `a.b.c.d/n` with all host bits zero. */
export function parseRange(text: string): Range | undefined {
  const [address = "", prefix = ""] = text.split("/");
  const first = parseAddress(address);
  const bits = /^\d{1,2}$/.test(prefix) ? Number(prefix) : 33;
  if (first === undefined || bits > 32) {
    return undefined;
  }
  const size = 2 ** (32 - bits);
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

export function parseAddress(text: string): number | undefined {
  const bytes = text.split(".").map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return bytes.length === 4 && bytes.every((byte) => byte < 256)
    ? bytes.reduce((number, byte) => number * 256 + byte, 0)
    : undefined;
}

export function isWithin(inner: Range, outer: Range): boolean {
  return inner.first >= outer.first && inner.last <= outer.last;
}

export function overlap(a: Range, b: Range): boolean {
  return a.first <= b.last && b.first <= a.last;
}
