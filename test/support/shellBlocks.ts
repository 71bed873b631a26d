import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");

/** A block of shell in a document. */
export interface ShellBlock {
  readonly file: string;
  /** Its lines, as they are pasted. */
  readonly text: string;
  /** What stands above it: in its section, and before the first section within each outer one. */
  readonly above: string;
}

/** The blocks of shell in a document. */
export function shellBlocks(file: string): ShellBlock[] {
  const blocks: ShellBlock[] = [];
  const sections: { level: number; text: string }[] = [{ level: 0, text: "" }];
  let block: { language: string; lines: string[] } | undefined;
  for (const line of readFileSync(join(ROOT, file), "utf8").split("\n")) {
    const [, fence] = /^\s*```(\w*)/.exec(line) ?? [];
    const [heading] = /^#+(?= )/.exec(line) ?? [];
    if (fence !== undefined && block === undefined) {
      block = { language: fence, lines: [] };
    } else if (fence !== undefined) {
      const above = sections.map(({ text }) => text).join("\n");
      if (block!.language === "sh") {
        blocks.push({ file, text: block!.lines.join("\n"), above });
      }
      block = undefined;
    } else if (block !== undefined) {
      block.lines.push(line);
    } else if (heading !== undefined) {
      while (sections.at(-1)!.level >= heading.length) {
        sections.pop();
      }
      sections.push({ level: heading.length, text: "" });
    } else {
      sections.at(-1)!.text += `${line}\n`;
    }
  }
  return blocks;
}

/** The commands of a block, each on one line and without its comment. */
export function commandsOf({ text }: ShellBlock): string[] {
  const commands: string[] = [];
  let begun = "";
  for (const line of text.split("\n")) {
    begun += `${begun === "" ? "" : "\n"}${line}`;
    if (!line.endsWith("\\") && isComplete(begun)) {
      commands.push(
        begun
          .replace(/\s+# .*$/, "")
          .replace(/\s*\\?\n\s*/g, " ")
          .trim(),
      );
      begun = "";
    }
  }
  return begun === "" ? commands : [...commands, begun];
}

/** Whether the shell waits for nothing more. Placeholders such as <host> are words here. */
function isComplete(text: string): boolean {
  return spawnSync("bash", ["-n", "-c", text.replace(/<[\w ]+>/g, "word")]).status === 0;
}
