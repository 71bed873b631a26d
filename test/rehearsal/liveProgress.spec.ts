import assert from "node:assert";
import { mock } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { LiveProgress, type Tick } from "../../rehearsal/liveProgress";

const TICK: Tick = {
  step: "rotation 2 of 3",
  liveSlot: "green",
  rate: 200,
  sent: 12_345,
  failed: 0,
  secondsLeft: 75,
};
const LINE =
  "rotation 2 of 3 · green is live · 200 requests/s · 12,345 sent · 0 failed · about 1 min 15 s left";

describe("live progress", () => {
  describe("in a terminal", () => {
    it("draws one status line over and over in its place", () => {
      const terminal = new Screen({ isTTY: true, columns: 120 });
      const progress = new LiveProgress(terminal, { environment: {} });
      progress.tick({ ...TICK, sent: 1 });
      progress.tick(TICK);
      assert.deepStrictEqual(terminal.lines(), [LINE]);
    });

    it("keeps steps and messages above the status line", () => {
      const terminal = new Screen({ isTTY: true, columns: 120 });
      const progress = new LiveProgress(terminal, { environment: {} });
      progress.step("Rotate to green");
      progress.tick(TICK);
      progress.say("The gateway was slow.");
      progress.step("Retire blue");
      assert.deepStrictEqual(terminal.lines(), [
        "Rotate to green",
        "The gateway was slow.",
        "Retire blue",
        LINE,
      ]);
    });

    it("leaves no status line behind when it is closed, and closing twice does no harm", () => {
      const terminal = new Screen({ isTTY: true });
      const progress = new LiveProgress(terminal, { environment: {} });
      progress.tick(TICK);
      progress.close();
      progress.close();
      progress.say("Done.");
      assert.deepStrictEqual(terminal.lines(), ["Done.", ""]);
    });

    it("never wraps, however narrow the terminal is, also after it was resized", () => {
      const terminal = new Screen({ isTTY: true, columns: 40 });
      const progress = new LiveProgress(terminal, { environment: {} });
      progress.tick(TICK);
      assert.deepStrictEqual(terminal.lines(), [`${LINE.slice(0, 38)}…`]);
      terminal.columns = 10;
      progress.tick(TICK);
      assert.deepStrictEqual(terminal.lines(), [`${LINE.slice(0, 8)}…`]);
    });

    it("shows failures in red and the live slot in its colour", () => {
      const terminal = new Screen({ isTTY: true, columns: 120 });
      new LiveProgress(terminal, { environment: {} }).tick({ ...TICK, failed: 3 });
      assert.ok(terminal.written.includes("\u001b[31m3 failed\u001b[39m"));
      assert.ok(terminal.written.includes("\u001b[32mgreen is live\u001b[39m"));
    });

    it("uses no colour when NO_COLOR is set", () => {
      const terminal = new Screen({ isTTY: true, columns: 120 });
      const progress = new LiveProgress(terminal, { environment: { NO_COLOR: "1" } });
      progress.step("Rotate to green");
      progress.tick({ ...TICK, failed: 3 });
      assert.ok(!/\u001b\[\d*m/.test(terminal.written), JSON.stringify(terminal.written));
    });
  });

  describe("elsewhere", () => {
    beforeEach(() => mock.timers.enable({ apis: ["Date"] }));
    afterEach(() => mock.timers.reset());

    for (const [where, screen, environment] of [
      ["a file", { isTTY: false }, {}],
      ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }],
    ] as const) {
      it(`writes plain lines to ${where}, one per step and at most one per five seconds`, () => {
        const log = new Screen(screen);
        const progress = new LiveProgress(log, { environment });
        progress.step("Rotate to green");
        for (let second = 1; second <= 11; second++) {
          mock.timers.tick(1000);
          progress.tick(TICK);
        }
        progress.step("Retire blue");
        progress.close();
        assert.strictEqual(log.written, `Rotate to green\n${LINE}\n${LINE}\nRetire blue\n`);
      });
    }
  });

  it("shows only what is said when it is quiet", () => {
    const log = new Screen({ isTTY: true });
    const progress = new LiveProgress(log, { quiet: true, environment: {} });
    progress.step("Rotate to green");
    progress.tick(TICK);
    progress.say("The engine is being built.");
    progress.close();
    assert.strictEqual(log.written, "The engine is being built.\n");
  });

  it("says that no slot answers, and no time that nobody knows", () => {
    const log = new Screen({ isTTY: false });
    new LiveProgress(log, { environment: {} }).tick({
      ...TICK,
      liveSlot: undefined,
      secondsLeft: undefined,
    });
    assert.strictEqual(
      log.written,
      "rotation 2 of 3 · no slot answers · 200 requests/s · 12,345 sent · 0 failed\n",
    );
  });
});

/** Remembers what is written, and shows it as a terminal would. */
class Screen {
  written = "";
  readonly isTTY: boolean;
  columns: number;

  constructor({ isTTY, columns = 80 }: { isTTY: boolean; columns?: number }) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.written += text;
  }

  /** The lines that a person sees, the one with the cursor last. */
  lines(): string[] {
    return this.written
      .split("\n")
      .map((line) => stripVTControlCharacters(line.split("\r\u001b[K").at(-1) ?? ""));
  }
}
