import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { rotation as program } from "../../cli/main";
import { rotation } from "./command";

describe("the completion", function () {
  this.timeout(30_000);
  let script: string;

  before(async () => {
    const { code, stdout } = await rotation(["completion", "bash"]);
    assert.strictEqual(code, 0);
    script = stdout;
  });

  /** Runs lines of bash after the script, and returns theirs. */
  function bash(lines: string): string[] {
    const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail"], {
      input: `${script}\n${lines}`,
      encoding: "utf8",
    });
    assert.deepStrictEqual([status, stderr], [0, ""]);
    return stdout.split("\n").filter(Boolean);
  }

  /** What is offered for the last of some words, as bash cuts a line into them. */
  function offered(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    return bash(
      `COMP_WORDS=(rotation ${quoted}) COMP_CWORD=${words.length} COMPREPLY=()\n_rotation\n` +
        `printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
  }

  it("is a script that bash understands, and that it uses for the command", () => {
    assert.strictEqual(spawnSync("bash", ["-n"], { input: script }).status, 0);
    assert.deepStrictEqual(bash("complete -p rotation"), [
      "complete -o default -F _rotation rotation",
    ]);
  });

  it("is the same for zsh, after what makes zsh take it", async () => {
    const { stdout } = await rotation(["completion", "zsh"]);
    assert.strictEqual(stdout, `autoload -U +X bashcompinit && bashcompinit\n${script}`);
  });

  it("is for these shells", async () => {
    const { code, stderr } = await rotation(["completion", "fish"]);
    assert.strictEqual(code, 2);
    assert.match(
      stderr,
      /'fish' is invalid for argument 'shell'\. Allowed choices are bash, zsh\./,
    );
  });

  it("completes the name of a command", () => {
    assert.deepStrictEqual(offered("sta"), ["status", "stacks"]);
    assert.deepStrictEqual(offered("rep"), ["report"]);
  });

  it("offers every command, and every option of each", () => {
    const commands = program().commands.map((command) => command.name());
    assert.deepStrictEqual(offered("").sort(), [...commands, "help", "--help"].sort());
    for (const command of program().commands) {
      const options = command.options.map(({ long }) => long!);
      assert.deepStrictEqual(offered(command.name(), "--"), [...options, "--help"]);
    }
  });

  it("completes an option behind others", () => {
    assert.deepStrictEqual(offered("rehearse", "--rate", "50", "--scen"), ["--scenario"]);
    assert.deepStrictEqual(offered("status", "--json", "--v"), ["--vault"]);
  });

  it("completes the values of an option, after a space and after =", () => {
    assert.deepStrictEqual(offered("rehearse", "--providers", "o"), ["official"]);
    assert.deepStrictEqual(offered("rehearse", "--providers", "="), ["auto", "official", "twin"]);
    assert.deepStrictEqual(offered("rehearse", "--providers", "=", "tw"), ["twin"]);
    assert.deepStrictEqual(offered("completion", "z"), ["zsh"]);
  });

  it("quotes a value of several words, however much of it is there", () => {
    assert.deepStrictEqual(offered("order", "--first", "scale"), ["scale\\ to\\ zero"]);
    assert.deepStrictEqual(offered("order", "--then", "scale\\ to"), ["scale\\ to\\ zero"]);
  });

  it("leaves values that it does not know to the names of files", () => {
    assert.deepStrictEqual(offered("status", "--kubeconfig", ""), []);
    assert.deepStrictEqual(offered("report", "results"), []);
  });
});
