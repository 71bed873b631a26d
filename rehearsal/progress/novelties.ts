/**
 * Tells each step once in each part of a run: what is done side by side, as platform and application
 * are, would otherwise be told in turn, line after line.
 */
export class Novelties {
  private readonly told = new Set<string>();

  constructor(private readonly tell: (text: string) => void) {}

  /** A part of the run begins, in which every step is new again. */
  readonly part = (text: string): void => {
    this.told.clear();
    this.tell(text);
  };

  /** Work on a step begins, or goes on. */
  readonly step = (text: string): void => {
    if (!this.told.has(text)) {
      this.told.add(text);
      this.tell(text);
    }
  };
}
