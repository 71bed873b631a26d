import { readFileSync } from "node:fs";
import { childrenOf, leadsGroup, waitedMs } from "./processes";

/** A time in which a process could have run and mostly had to wait for a core. */
export interface Starved {
  readonly who: "sender" | "gateway" | "pod" | "database";
  readonly from: number;
  readonly to: number;
}

/** Processes on the way of a request, besides its sender and those that these start. */
export interface OnTheWay {
  readonly gateway: number;
  /** File that begins with the process id of the database server. */
  readonly database: string;
}

/** A process that waits for more than this part of a time is starved; at rest they wait 21 %. */
export const MOST_WAITING = 0.4;

/** How long a process has waited for a core since it was first looked at, in ms. */
export type Waited = Readonly<
  Record<number, { readonly who: Starved["who"]; readonly ms: number }>
>;

/** What has starved between two looks at the same processes. */
export function starvedBetween(
  before: { readonly at: number; readonly waited: Waited },
  after: { readonly at: number; readonly waited: Waited },
): Starved[] {
  const passed = after.at - before.at;
  const longest = new Map<Starved["who"], number>();
  for (const [pid, { who, ms }] of Object.entries(after.waited)) {
    const known = before.waited[Number(pid)];
    const waited = known === undefined ? 0 : ms - known.ms;
    if (waited > passed * MOST_WAITING) {
      longest.set(who, Math.max(waited, longest.get(who) ?? 0));
    }
  }
  // The kernel counts a wait when it is over, so that it may have begun before the first look.
  return [...longest].map(([who, waited]) => ({
    who,
    from: Math.min(before.at, after.at - waited),
    to: after.at,
  }));
}

/** Watches how long this process, the gateway, its pods and the database wait for a core. */
export class RunQueue {
  private last: { at: number; waited: Waited } | undefined;

  /** @param onTheWay undefined where requests meet nothing but a server of a test */
  constructor(private readonly onTheWay: OnTheWay | undefined) {}

  /** What has starved since the last look. */
  look(at: number): Starved[] {
    const waited = Object.fromEntries(
      this.processes().flatMap(({ who, pid }) => {
        const ms = waitedMs(pid);
        return ms === undefined ? [] : [[pid, { who, ms }] as const];
      }),
    );
    const before = this.last;
    this.last = { at, waited };
    return before === undefined || at <= before.at ? [] : starvedBetween(before, this.last);
  }

  private processes(): { who: Starved["who"]; pid: number }[] {
    const own = { who: "sender", pid: process.pid } as const;
    if (this.onTheWay === undefined) {
      return [own];
    }
    const { gateway, database } = this.onTheWay;
    const postmaster = processIn(database);
    return [
      own,
      { who: "gateway", pid: gateway },
      // A container leads a group of its own; what the twin calls, helm for example, does not.
      ...childrenOf(gateway)
        .filter(leadsGroup)
        .map((pid) => ({ who: "pod", pid }) as const),
      ...(postmaster === undefined ? [] : [postmaster, ...childrenOf(postmaster)]).map(
        (pid) => ({ who: "database", pid }) as const,
      ),
    ];
  }
}

/** @returns undefined while the server does not run */
function processIn(file: string): number | undefined {
  try {
    return parseInt(readFileSync(file, "utf8"), 10);
  } catch {
    return undefined;
  }
}
