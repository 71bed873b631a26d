import { globSync, readFileSync } from "node:fs";
import path from "node:path";

import ts from "typescript";

const ROOT = path.join(__dirname, "..", "..");
const SDKS = ["random", "postgresql", "kubernetes"];

/** A property of a resource type, nested ones by path: `policies.role`. */
export interface SdkProperty {
  readonly path: string;
  readonly required: boolean;
  /** `string`, `number`, `boolean`, `object`, `any`, `map`, or a list of one of them: `string[]`. */
  readonly kind: string;
}

/** A resource class of an SDK. */
export interface SdkType {
  readonly sdk: string;
  /** Below the package: `batch/v1`, empty for the root. */
  readonly module: string;
  readonly name: string;
}

/** The resource types that code makes, found where it says `new`. */
export function typesUsed(pattern: string): SdkType[] {
  const found = new Map<string, SdkType>();
  for (const file of globSync(pattern, { cwd: ROOT })) {
    const source = parse(path.join(ROOT, file));
    const sdkOf = sdkImports(source);
    walk(source, (node) => {
      if (ts.isNewExpression(node)) {
        const [root = "", ...parts] = node.expression.getText(source).split(".");
        const sdk = sdkOf.get(root);
        const name = parts.pop();
        if (sdk !== undefined && name !== undefined) {
          found.set(node.expression.getText(source), { sdk, module: parts.join("/"), name });
        }
      }
    });
  }
  return [...found.values()];
}

function sdkImports(source: ts.SourceFile): Map<string, string> {
  const names = new Map<string, string>();
  walk(source, (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const sdk = node.moduleSpecifier.text.replace("@pulumi/", "");
      const bindings = node.importClause?.namedBindings;
      if (SDKS.includes(sdk) && bindings && ts.isNamespaceImport(bindings)) {
        names.set(bindings.name.text, sdk);
      }
    }
  });
  return names;
}

/** `kubernetes:batch/v1:Job`: what the engine calls the type. */
export function tokenOf({ sdk, module, name }: SdkType): string {
  const text = readFileSync(`${fileOf({ sdk, module, name })}.js`, "utf8");
  const [, token] = /__pulumiType = '([^']+)'/.exec(text) ?? [];
  return name === "Provider" ? `pulumi:providers:${sdk}` : (token ?? "");
}

/** Every property that the SDK declares, with those of nested types; deeper ones of a type within itself once. */
export function propertiesOf(type: SdkType): SdkProperty[] {
  const source = parse(`${fileOf(type)}.d.ts`);
  const args = interfacesOf(source).get(`${type.name}Args`);
  return args ? propertiesIn(args, type.sdk, "", []) : [];
}

function fileOf({ sdk, module, name }: SdkType): string {
  const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  return path.join(ROOT, "node_modules", "@pulumi", sdk, module, file);
}

function propertiesIn(
  declaration: ts.InterfaceDeclaration,
  sdk: string,
  prefix: string,
  within: readonly string[],
): SdkProperty[] {
  return declaration.members.filter(ts.isPropertySignature).flatMap((member) => {
    const at = prefix + member.name.getText();
    const { kind, nested } = shapeOf(member.type?.getText() ?? "any");
    const own = { path: at, required: member.questionToken === undefined, kind };
    const inner = nested === undefined ? undefined : inputsOf(sdk).get(nested);
    return nested === undefined || !inner || within.includes(nested)
      ? [own]
      : [own, ...propertiesIn(inner, sdk, `${at}.`, [...within, nested])];
  });
}

/** What is left of a type without `Input`, `undefined` and the ends of lists. */
function shapeOf(text: string): { kind: string; nested?: string } {
  const bare = text
    .replace(/\s+/g, " ")
    .replace(/pulumi\.Input</g, "")
    .replace(/ \| undefined/g, "")
    .replace(/[>;]/g, "")
    .trim();
  const list = bare.endsWith("[]");
  const one = list ? bare.slice(0, -2) : bare;
  const [, nested] = /^inputs\.([\w.]+)/.exec(one) ?? [];
  if (nested !== undefined) {
    return { kind: list ? "object[]" : "object", nested };
  }
  const kind = one.startsWith("{")
    ? "map"
    : (/^(string|number|boolean)$/.exec(one)?.[0] ?? (one.startsWith('"') ? "string" : "any"));
  return { kind: list ? `${kind}[]` : kind };
}

const inputs = new Map<string, Map<string, ts.InterfaceDeclaration>>();

/** The nested types of an SDK by name, `core.v1.PodSpec`; read once, as kubernetes has 3 MB of them. */
function inputsOf(sdk: string): Map<string, ts.InterfaceDeclaration> {
  const known =
    inputs.get(sdk) ??
    interfacesOf(parse(path.join(ROOT, "node_modules", "@pulumi", sdk, "types", "input.d.ts")));
  inputs.set(sdk, known);
  return known;
}

function interfacesOf(source: ts.SourceFile): Map<string, ts.InterfaceDeclaration> {
  const found = new Map<string, ts.InterfaceDeclaration>();
  const collect = (node: ts.Node, prefix: string): void => {
    if (ts.isInterfaceDeclaration(node)) {
      found.set(prefix + node.name.text, node);
    }
    const inner = ts.isModuleDeclaration(node) ? `${prefix}${node.name.getText()}.` : prefix;
    ts.forEachChild(node, (child) => collect(child, inner));
  };
  collect(source, "");
  return found;
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
