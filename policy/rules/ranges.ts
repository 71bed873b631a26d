/** How Azure writes "from anywhere". */
const EVERYBODY = ["*", "0.0.0.0", "0.0.0.0/0", "::/0", "Internet", "Any"];

/** Networks larger than this are no known place. */
const WIDEST_PREFIX = 16;

/** A source so wide that it restricts nothing. */
export function isEverybody(source: unknown): boolean {
  const range = String(source);
  const [, prefix] = range.split("/");
  return EVERYBODY.includes(range) || (prefix !== undefined && Number(prefix) < WIDEST_PREFIX);
}

/** Whether a range of ports such as `8000-8100`, `443` or `*` has a port in it. */
export function hasPort(range: unknown, port: number): boolean {
  if (range === "*") {
    return true;
  }
  const [first = NaN, last = first] = String(range).split("-").map(Number);
  return first <= port && port <= last;
}
