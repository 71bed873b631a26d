/**
 * Loaded before everything else into a program whose machine has a wrong clock: `Date` is off by
 * CLOCK_SHIFT_SECONDS there, and nothing else is. The engine beside it keeps the right time.
 */
const shift = Number(process.env["CLOCK_SHIFT_SECONDS"]) * 1000;
const RightDate = Date;

class ShiftedDate extends RightDate {
  constructor(...args: [] | ConstructorParameters<DateConstructor>) {
    if (args.length === 0) {
      super(ShiftedDate.now());
    } else {
      super(...(args as [number]));
    }
  }

  static override now(): number {
    return RightDate.now() + shift;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
