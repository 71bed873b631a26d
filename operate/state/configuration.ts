import { type Document, isMap, isScalar, parseAllDocuments, type Scalar } from "yaml";

/** The namespace of this project's keys, which a stack file may omit. */
const PROJECT = "rotation";

/** The configuration of a stack file, as Pulumi reads it. */
export class Configuration {
  private constructor(
    private readonly document: Document,
    private readonly file: string,
  ) {}

  /**
   * @param file its name, for people
   * @throws Error when Pulumi would not read it, either
   */
  static parse(text: string, file: string): Configuration {
    const [document] = parseAllDocuments(text);
    if (document === undefined || !("errors" in document)) {
      return new Configuration(parseAllDocuments("config: {}")[0] as Document, file);
    }
    const [error] = document.errors;
    if (error !== undefined) {
      const conflict = /^(<{7}|={7}|>{7})/m.test(text) ? " It contains git conflict markers." : "";
      throw new Error(
        `${file} is not valid YAML: ` +
          `${error.message.split("\n")[0]!.replace(/:$/, ".")}${conflict} Fix the file; \`git ` +
          "diff` and `git log -p` show what it was.",
      );
    }
    return new Configuration(document, file);
  }

  /**
   * The value of a key, such as `counter`; undefined if not set.
   *
   * @throws Error when it is encrypted: no setting of this program is a secret
   */
  get(key: string): string | undefined {
    const node = this.document.getIn(this.pathOf(key), true);
    if (isScalar(node)) {
      return textOf(node) || undefined;
    }
    if (isMap(node) && node.has("secure")) {
      throw new Error(
        `${PROJECT}:${key} is encrypted in ${this.file}, though it is not a secret. \`pulumi ` +
          `config get ${key}\` prints its value; set it without --secret: \`pulumi config set ` +
          `${PROJECT}:${key} -- <value>\`.`,
      );
    }
    return node === undefined ? undefined : JSON.stringify(node);
  }

  set(key: string, value: number): void {
    this.document.setIn(this.pathOf(key), value);
  }

  remove(key: string): void {
    this.document.deleteIn(this.pathOf(key));
  }

  /** The file with the changes, and everything else unchanged, comments too. */
  toString(): string {
    // Long values stay on their line, so that a pull request shows only what changed.
    return this.document.toString({ lineWidth: 0 });
  }

  /** Pulumi takes a key with and without its namespace, and in its oldest form. */
  private pathOf(key: string): string[] {
    const forms = [`${PROJECT}:${key}`, key, `${PROJECT}:config:${key}`];
    return ["config", forms.find((form) => this.document.hasIn(["config", form])) ?? forms[0]!];
  }
}

/** What the engine hands to a program: numbers as Go's YAML reads them, in decimal digits. */
function textOf({ source, type, value }: Scalar): string {
  const plain = (source ?? "").replaceAll("_", "");
  const integer = /^([+-]?)(0x[0-9a-f]+|0b[01]+|0o?[0-7]+|0|[1-9]\d*)$/i.exec(plain);
  if (type !== "PLAIN" || value === null) {
    return typeof value === "string" ? value : "";
  }
  if (integer !== null) {
    const [, sign, digits] = integer;
    const number = Number(/^0[0-7]+$/.test(digits!) ? `0o${digits}` : digits);
    return String(sign === "-" && number !== 0 ? -number : number);
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)
    ? String(Number(plain))
    : (source ?? "");
}
