/** A character and how it looks: `bold`, a colour, both or nothing. */
interface Cell {
  readonly character: string;
  readonly look: string;
}

/** A part of a line that looks the same all over. */
export interface Run {
  readonly text: string;
  readonly look: string;
}

/** A control sequence, or a character. */
const TOKEN = /\u001b\[([\d;?]*)([A-Za-z])|[\s\S]/gu;
const COLOURS: Readonly<Record<string, string>> = { 31: "red", 32: "green", 34: "blue" };

/**
 * What a terminal shows, every line that scrolled away included. It knows what a rehearsal and npm
 * write, and no more.
 *
 * @throws Error at a control sequence that it does not know
 */
export class Terminal {
  private readonly rows: Cell[][] = [[]];
  private column = 0;
  private bold = false;
  private colour = "";

  constructor(private readonly columns: number) {}

  write(text: string): void {
    for (const [token, parameters, command] of text.matchAll(TOKEN)) {
      if (command !== undefined) {
        this.control(command, parameters ?? "");
      } else if (token === "\n") {
        this.rows.push([]);
      } else if (token === "\r") {
        this.column = 0;
      } else {
        this.put(token);
      }
    }
  }

  /** The lines, in runs. */
  lines(): Run[][] {
    return this.rows.map((row) => {
      const runs: Run[] = [];
      for (const { character, look } of row) {
        const last = runs.at(-1);
        if (last?.look === look) {
          runs[runs.length - 1] = { look, text: last.text + character };
        } else {
          runs.push({ look, text: character });
        }
      }
      return runs;
    });
  }

  private put(character: string): void {
    if (this.column === this.columns) {
      this.rows.push([]);
      this.column = 0;
    }
    const row = this.rows.at(-1)!;
    while (row.length < this.column) {
      row.push({ character: " ", look: "" });
    }
    const look = [...(this.bold ? ["bold"] : []), ...(this.colour ? [this.colour] : [])].join(" ");
    row[this.column++] = { character, look };
  }

  private control(command: string, parameters: string): void {
    if (command === "K" && ["", "0"].includes(parameters)) {
      this.rows.at(-1)!.splice(this.column);
    } else if (command === "G") {
      this.column = Number(parameters || 1) - 1;
    } else if (command === "m") {
      (parameters || "0").split(";").forEach((one) => this.style(one));
    } else if (!(/[hl]/.test(command) && parameters === "?25")) {
      throw new Error(`The terminal does not know ESC [ ${parameters} ${command}.`);
    }
  }

  private style(parameter: string): void {
    if (["0", "1", "22"].includes(parameter)) {
      this.bold = parameter === "1";
    }
    if (["0", "39"].includes(parameter) || parameter in COLOURS) {
      this.colour = COLOURS[parameter] ?? "";
    } else if (!["1", "22"].includes(parameter)) {
      throw new Error(`The terminal does not know the style ${parameter}.`);
    }
  }
}
