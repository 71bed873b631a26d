import type { ObjectReference } from "./objects";

/** What a timer can wait for; whatever is later is looked at in between. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** Collects what has changed and works on each object once, after the change is over. */
export class WorkQueue {
  private readonly due = new Map<string, NodeJS.Immediate>();
  private readonly later = new Map<string, NodeJS.Timeout>();
  private stopped = false;

  constructor(private readonly work: (ref: ObjectReference) => void) {}

  add(ref: ObjectReference): void {
    const key = `${ref.namespace}/${ref.name}`;
    if (!this.stopped && !this.due.has(key)) {
      const task = () => {
        this.due.delete(key);
        this.work(ref);
      };
      this.due.set(key, setImmediate(task));
    }
  }

  /** Works on the object again when that time is over; the newest wish counts. */
  addAfter(ref: ObjectReference, milliseconds: number): void {
    const key = `${ref.namespace}/${ref.name}`;
    clearTimeout(this.later.get(key));
    if (!this.stopped) {
      this.later.set(
        key,
        setTimeout(() => this.add(ref), Math.min(Math.max(milliseconds, 1), LONGEST_WAIT_MS)),
      );
    }
  }

  stop(): void {
    this.stopped = true;
    this.due.forEach((task) => clearImmediate(task));
    this.later.forEach((timer) => clearTimeout(timer));
  }
}
