import * as ipaddr from "ipaddr.js";

/** An IPv4 range, as numbers that compare. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Undefined when the text is not `a.b.c.d/n` with all host bits zero. */
export function parseRange(text: string): Range | undefined {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) {
    return undefined;
  }
  const first = numberOf(ipaddr.IPv4.networkAddressFromCIDR(text));
  return numberOf(ipaddr.IPv4.parseCIDR(text)[0]) === first
    ? { first, last: numberOf(ipaddr.IPv4.broadcastAddressFromCIDR(text)) }
    : undefined;
}

export function parseAddress(text: string): number | undefined {
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? numberOf(ipaddr.IPv4.parse(text)) : undefined;
}

export function isWithin(inner: Range, outer: Range): boolean {
  return inner.first >= outer.first && inner.last <= outer.last;
}

export function overlap(a: Range, b: Range): boolean {
  return a.first <= b.last && b.first <= a.last;
}

function numberOf(address: ipaddr.IPv4): number {
  return Buffer.from(address.toByteArray()).readUInt32BE();
}
