import assert from "node:assert";
import { filledValues, type Placeholder, valuesProblems } from "../../../components/chart";

const KNOWN: Partial<Record<Placeholder, unknown>> = {
  slot: "blue",
  replicas: 3,
  describe: false,
  version: "00000000",
  port: 5432,
  host: "db.example.com",
};

const filled = (yaml: string) => filledValues(yaml, (template) => template.filled(KNOWN));

describe("Values with placeholders", () => {
  it("are what a placeholder stands for where it stands alone and not quoted, else texts", () => {
    assert.deepStrictEqual(
      filled('a: ${replicas}\nb: "${replicas}"\nc: ${describe}\nd: ${version}\ne: ${replicas}0\n'),
      { a: 3, b: "3", c: false, d: "00000000", e: "30" },
    );
  });

  it("are filled wherever a scalar stands, and in the middle of one", () => {
    assert.deepStrictEqual(
      filled(
        "env:\n  - name: URL\n    value: postgres://${host}:${port}/app\n  - |\n    x ${slot}\n",
      ),
      { env: [{ name: "URL", value: "postgres://db.example.com:5432/app" }, "x blue\n"] },
    );
  });

  it("leave Kubernetes' and the templates' own notations alone", () => {
    const yaml = 'a: "$(PGPASSWORD) {{ .Release.Name }} $slot"\nb: 1\nc: null\nd: {}\ne: []\n';
    assert.deepStrictEqual(filled(yaml), {
      a: "$(PGPASSWORD) {{ .Release.Name }} $slot",
      b: 1,
      c: null,
      d: {},
      e: [],
    });
  });

  it("follow anchors and merges", () => {
    assert.deepStrictEqual(filled("x: &x { s: '${slot}' }\ny: *x\n"), {
      x: { s: "blue" },
      y: { s: "blue" },
    });
  });

  it("say which placeholders a scalar waits for", () => {
    const seen: string[][] = [];
    filledValues("a: ${slot}\nb: 1\nc: ${host}:${port}\n", ({ names }) => {
      seen.push([...names]);
      return undefined;
    });
    assert.deepStrictEqual(seen, [["slot"], ["host", "port"]]);
  });

  it("are nothing for an empty file", () => {
    assert.deepStrictEqual(filled("# only a comment\n"), {});
  });

  it("have every problem named at once", () => {
    const [unknown, key, ...others] = valuesProblems("a: ${slto}\n${slot}x: ${roel}\n");
    assert.match(unknown ?? "", /\$\{slto\}, \$\{roel\}.*Known are \$\{slot\}/);
    assert.match(key ?? "", /key "\$\{slot\}x"/);
    assert.deepStrictEqual(others, []);
  });

  it("may say anything in comments", () => {
    assert.deepStrictEqual(valuesProblems("# ${…} and ${other}\na: ${slot}\n"), []);
  });

  it("must be YAML", () => {
    assert.match(valuesProblems("a: [\n").join(), /^is not YAML: /);
  });
});
