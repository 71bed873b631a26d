import assert from "node:assert";
import { mock } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { LiveProgress, type Tick } from "../../cli/liveProgress";
import type { LoadTick } from "../../rehearsal/clients/loadRecords";

const TICK: Tick = {
  step: "rotation 2 of 3",
  stepSeconds: 12.4,
  load: { answers: { blue: 0, green: 100 }, rate: 200, sent: 12_345, failed: 0 },
  secondsLeft: 75,
};
const LINE =
  "rotation 2 of 3, 12 s · green is live · 0 failed · 200 requests/s · 12,345 sent · about 1 min 15 s left";

function loaded(changes: Partial<LoadTick>): Tick {
  return { ...TICK, load: { ...TICK.load!, ...changes } };
}

describe("live progress", () => {
  describe("in a terminal", () => {
    it("draws one status line over and over in its place", () => {
      const terminal = new Screen({ isTTY: true, columns: 140 });
      const progress = new LiveProgress(terminal, { variables: {} });
      progress.tick(loaded({ sent: 1 }));
      progress.tick(TICK);
      assert.deepStrictEqual(terminal.lines(), [`■■■■■■■■■■ ${LINE}`]);
    });

    it("draws how much of a step is done as a bar, without colours too", () => {
      const terminal = new Screen({ isTTY: true, columns: 140 });
      const progress = new LiveProgress(terminal, { variables: { NO_COLOR: "1" } });
      const tick = { step: "building", stepSeconds: 30, load: undefined };
      progress.tick({ ...tick, done: 0, secondsLeft: undefined });
      assert.deepStrictEqual(terminal.lines(), ["□□□□□□□□□□ building, 30 s · 0 %"]);
      progress.tick({ ...tick, done: 0.42, secondsLeft: 90 });
      assert.deepStrictEqual(terminal.lines(), [
        "■■■■□□□□□□ building, 30 s · 42 % · about 1 min 30 s left",
      ]);
    });

    it("keeps steps and messages above the status line", () => {
      const terminal = new Screen({ isTTY: true, columns: 140 });
      const progress = new LiveProgress(terminal, { variables: {} });
      progress.step("Rotate to green");
      progress.tick(TICK);
      progress.say("The gateway was slow.");
      progress.step("Retire blue");
      assert.deepStrictEqual(terminal.lines(), [
        "Rotate to green",
        "The gateway was slow.",
        "Retire blue",
        `■■■■■■■■■■ ${LINE}`,
      ]);
    });

    it("leaves no status line behind when it is closed, and closing twice does no harm", () => {
      const terminal = new Screen({ isTTY: true });
      const progress = new LiveProgress(terminal, { variables: {} });
      progress.tick(TICK);
      progress.close();
      progress.close();
      progress.say("Done.");
      assert.deepStrictEqual(terminal.lines(), ["Done.", ""]);
    });

    it("never wraps, however narrow the terminal is, and keeps failures longest", () => {
      const terminal = new Screen({ isTTY: true, columns: 60 });
      const progress = new LiveProgress(terminal, { variables: { NO_COLOR: "1" } });
      const shown = [60, 40, 24, 10].map((columns) => {
        terminal.columns = columns;
        progress.tick(TICK);
        return terminal.lines().at(-1);
      });
      assert.deepStrictEqual(shown, [
        "rotation 2 of 3, 12 s · green is live · 0 failed",
        "rotation 2 of 3, 12 s · 0 failed",
        "rotation 2 of 3, 12 s",
        "rotation…",
      ]);
    });

    it("takes a terminal that does not know its width, and says 0, for one of 80 columns", () => {
      const terminal = new Screen({ isTTY: true, columns: 0 });
      new LiveProgress(terminal, { variables: { NO_COLOR: "1" } }).tick(TICK);
      assert.deepStrictEqual(terminal.lines(), [
        "rotation 2 of 3, 12 s · green is live · 0 failed · 200 requests/s · 12,345 sent",
      ]);
    });

    it("shows failures in red and the live slot in its colour, with a bar of who answers", () => {
      const terminal = new Screen({ isTTY: true, columns: 140 });
      const progress = new LiveProgress(terminal, { variables: {} });
      progress.tick(loaded({ failed: 3 }));
      assert.ok(terminal.written.includes("\u001b[31m3 failed\u001b[39m"));
      assert.ok(terminal.written.includes("\u001b[32mgreen is live\u001b[39m"));
      progress.tick(loaded({ answers: { blue: 30, green: 70 } }));
      const line = terminal.written.split("\r").at(-1)!;
      assert.strictEqual(line.split("\u001b[34m■\u001b[39m").length - 1, 3);
      assert.strictEqual(line.split("\u001b[32m■\u001b[39m").length - 1, 7);
    });

    it("never wraps with the bar either", () => {
      for (let columns = 1; columns <= 150; columns++) {
        const terminal = new Screen({ isTTY: true, columns });
        new LiveProgress(terminal, { variables: {} }).tick(TICK);
        const [line] = terminal.lines();
        assert.ok(line!.length < Math.max(columns, 2), `${line!.length} of ${columns}: ${line}`);
      }
    });

    it("uses no colour when NO_COLOR is set", () => {
      const terminal = new Screen({ isTTY: true, columns: 140 });
      const progress = new LiveProgress(terminal, { variables: { NO_COLOR: "1" } });
      progress.step("Rotate to green");
      progress.tick(loaded({ failed: 3 }));
      assert.ok(!/\u001b\[\d*m/.test(terminal.written), JSON.stringify(terminal.written));
    });
  });

  describe("elsewhere", () => {
    beforeEach(() => mock.timers.enable({ apis: ["Date"] }));
    afterEach(() => mock.timers.reset());

    for (const [where, screen, variables] of [
      ["a file", { isTTY: false }, {}],
      ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }],
    ] as const) {
      it(`writes plain lines to ${where}, one per step and at most one per five seconds`, () => {
        const log = new Screen(screen);
        const progress = new LiveProgress(log, { variables });
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
    const progress = new LiveProgress(log, { quiet: true, variables: {} });
    progress.step("Rotate to green");
    progress.tick(TICK);
    progress.say("The engine is being built.");
    progress.close();
    assert.strictEqual(log.written, "The engine is being built.\n");
  });

  it("says who answers: none, one, or both while traffic moves", () => {
    for (const [answers, text] of [
      [{}, "no slot answers"],
      [{ blue: 7, green: 0 }, "blue is live"],
      [{ blue: 25, green: 75 }, "blue 25 %, green 75 %"],
    ] as const) {
      const log = new Screen({ isTTY: false });
      new LiveProgress(log, { variables: {} }).tick(loaded({ answers }));
      assert.ok(log.written.includes(` · ${text} · `), log.written);
    }
  });

  it("says nothing of a load that is not there, and no time that nobody knows", () => {
    const log = new Screen({ isTTY: false });
    const early: Tick = {
      step: "deploying",
      stepSeconds: 61,
      load: undefined,
      secondsLeft: undefined,
    };
    new LiveProgress(log, { variables: {} }).tick(early);
    assert.strictEqual(log.written, "deploying, 1 min 1 s\n");
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
