/** A part of a rehearsal, by the step it begins with. */
interface Part {
  readonly begins: RegExp;
  /** How long it usually takes, on two cores that do nothing else. */
  readonly seconds: number;
  /** What it takes longer at production's timing. */
  readonly waits?: number;
}

const PLATFORM: Part = { begins: /^making the platform/, seconds: 30, waits: 30 };
const DEPLOY: Part = { begins: /^deploying/, seconds: 45, waits: 60 };
/** Finding the rate, where none was asked for. */
const TRYING: Part = { begins: /^trying/, seconds: 12 };
const ROTATION: readonly Part[] = [
  { begins: /^rotating/, seconds: 30, waits: 130 },
  { begins: /^retiring/, seconds: 25, waits: 90 },
  { begins: /^running again/, seconds: 8 },
];
const NAIVE_SWITCH: readonly Part[] = [
  { begins: /^preparing/, seconds: 20, waits: 30 },
  { begins: /^switching/, seconds: 10, waits: 60 },
];
const SEARCH: Part = { begins: /^searching/, seconds: 20 };

/** The parts of a rehearsal of so many rotations, or of a negative control of so many switches. */
export function partsOf({
  naive,
  rotations,
  rate,
  findsPlatform = false,
  waits = false,
}: {
  naive: boolean;
  rotations: number;
  /** Undefined when it has to be found. */
  rate?: number | undefined;
  /** Whether a platform is made first. */
  findsPlatform?: boolean;
  /** Whether it has production's timing. */
  waits?: boolean;
}): Part[] {
  const each = naive ? NAIVE_SWITCH : ROTATION;
  const middle = Array.from({ length: rotations }, () => each).flat();
  const first = findsPlatform ? [PLATFORM, DEPLOY] : [DEPLOY];
  const parts = [...first, ...(rate === undefined ? [TRYING] : []), ...middle, SEARCH];
  return waits
    ? parts.map(({ begins, seconds, waits: more = 0 }) => ({ begins, seconds: seconds + more }))
    : parts;
}

/**
 * How long a rehearsal still takes: what its parts usually take, stretched by how much longer than
 * usual this machine took for those that are over.
 */
export class TimeLeft {
  private current = -1;
  private began = 0;
  private over = { usual: 0, actual: 0 };

  constructor(
    private readonly parts: readonly Part[],
    private readonly now: () => number = Date.now,
  ) {}

  /** A step begins; most are no part of their own. */
  step(text: string): void {
    const next = this.current + 1;
    if (this.parts[next]?.begins.test(text) !== true) {
      return;
    }
    const now = this.now();
    const part = this.parts[this.current];
    if (part !== undefined) {
      this.over.usual += part.seconds;
      this.over.actual += (now - this.began) / 1000;
    }
    this.current = next;
    this.began = now;
  }

  /** Undefined before the first part. */
  get seconds(): number | undefined {
    const part = this.parts[this.current];
    if (part === undefined) {
      return undefined;
    }
    const stretch = this.over.usual === 0 ? 1 : this.over.actual / this.over.usual;
    const passed = (this.now() - this.began) / 1000;
    const rest = this.parts.slice(this.current + 1).reduce((sum, { seconds }) => sum + seconds, 0);
    return Math.max(0, part.seconds * stretch - passed) + rest * stretch;
  }
}
