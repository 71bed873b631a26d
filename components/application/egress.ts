import { isWithin, rangeProblem, type Ranges } from "../platform/ranges";

/** A further TCP destination of the application's pods. */
export interface Egress {
  /** In CIDR notation, e.g. `10.20.0.0/24`; one address is a `/32`. */
  readonly range: string;
  readonly port: number;
}

const FORM = /^([\d.]+\/\d+):(\d{1,5})$/;

/** Cilium identifies these by identity, not by address, so a range does not match them. */
const INSIDE = ["nodes", "pods", "services"] as const;

/** What is wrong with `range:port`, as words that follow a key; undefined if nothing is. */
export function egressProblem(
  text: string,
  ranges: Partial<Pick<Ranges, (typeof INSIDE)[number]>>,
): string | undefined {
  const [, range = "", port] = FORM.exec(text) ?? [];
  if (rangeProblem(range) !== undefined || Number(port) < 1 || Number(port) > 65535) {
    return (
      "must be comma-separated ranges with a port and zero host bits, such as 10.20.0.0/24:6379, " +
      `not "${text}".`
    );
  }
  const inside = INSIDE.find((name) => isWithin(range, ranges[name] ?? ""));
  return inside === undefined
    ? undefined
    : `must be outside the cluster: "${text}" is within rotation:${inside}Range, where ` +
        "a network policy does not match by address.";
}

/** @param text one that {@link egressProblem} finds nothing wrong with */
export function egressOf(text: string): Egress {
  const [, range = "", port] = FORM.exec(text) ?? [];
  return { range, port: Number(port) };
}
