import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as ts from "typescript";

/** What a property may hold, as the official provider's SDK declares it. */
export type Shape =
  | { readonly kind: "string" | "number" | "boolean" | "any" }
  | { readonly kind: "array"; readonly items: Shape }
  | { readonly kind: "map"; readonly values: Shape }
  | { readonly kind: "object"; readonly fields: Fields };

export interface Field {
  readonly shape: Shape;
  readonly required: boolean;
}

export type Fields = ReadonlyMap<string, Field>;

/** What one function of the SDK takes and returns. */
export interface InvokeShape {
  readonly args: Fields;
  readonly result: Fields;
}

export interface ResourceShape {
  readonly inputs: Fields;
  readonly outputs: Fields;
  /** ARM API version that the SDK names for the type. */
  readonly apiVersion: string;
}

/**
 * Reads properties from the declarations of the installed `@pulumi/azure-native`, so that the twin
 * knows exactly what the program can write, at every depth and without a copy that grows stale.
 *
 * @param token e.g. `azure-native:keyvault:Vault`
 */
export function resourceShape(token: string): ResourceShape {
  const known = resources.get(token);
  if (known) {
    return known;
  }
  const [, module = "", type = ""] = token.split(":");
  const text = declarations(join(module, `${type[0]?.toLowerCase()}${type.slice(1)}.d.ts`));
  const source = parse(text);
  const shape: ResourceShape = {
    inputs: fieldsOf(membersOf(source, `${type}Args`), source),
    outputs: fieldsOf(membersOf(source, type), source),
    apiVersion: /Uses Azure REST API version ([\w-]+)/.exec(text)?.[1] ?? "",
  };
  resources.set(token, shape);
  return shape;
}

/**
 * Likewise of a function.
 *
 * @param token e.g. `azure-native:keyvault:getVault`
 */
export function invokeShape(token: string): InvokeShape {
  const known = invokes.get(token);
  if (known) {
    return known;
  }
  const [, module = "", name = ""] = token.split(":");
  const source = parse(declarations(join(module, `${name}.d.ts`)));
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const shape: InvokeShape = {
    args: fieldsOf(membersOf(source, `${type}Args`), source),
    result: fieldsOf(membersOf(source, `${type}Result`), source),
  };
  invokes.set(token, shape);
  return shape;
}

const resources = new Map<string, ResourceShape>();
const invokes = new Map<string, InvokeShape>();
const namespaces = new Map<string, ts.SourceFile>();
const objects = new Map<string, Fields>();
const texts = new Map<string, string>();

function declarations(file: string): string {
  const known = texts.get(file);
  if (known !== undefined) {
    return known;
  }
  const root = dirname(require.resolve("@pulumi/azure-native/package.json"));
  const text = readFileSync(join(root, file), "utf8");
  texts.set(file, text);
  return text;
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.ES2022);
}

/** The nested types of one service; the whole file has 8 MB and is never parsed at once. */
function namespace(side: "inputs" | "outputs", name: string): ts.SourceFile {
  const key = `${side}.${name}`;
  let source = namespaces.get(key);
  if (!source) {
    const text = declarations(join("types", side === "inputs" ? "input.d.ts" : "output.d.ts"));
    const start = text.indexOf(`\nexport declare namespace ${name} {`);
    const body = text.slice(text.indexOf("{", start) + 1, text.indexOf("\n}\n", start));
    source = parse(body);
    namespaces.set(key, source);
  }
  return source;
}

function membersOf(source: ts.SourceFile, name: string): readonly ts.Node[] {
  for (const statement of source.statements) {
    if (
      (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) &&
      statement.name?.text === name
    ) {
      return statement.members;
    }
  }
  throw new Error(`The SDK declares no ${name}.`);
}

function fieldsOf(members: readonly ts.Node[], source: ts.SourceFile): Fields {
  const fields = new Map<string, Field>();
  for (const member of members) {
    if ((ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) && member.type) {
      const optional = member.questionToken !== undefined || mayBeUndefined(member.type);
      fields.set(member.name.getText(source), {
        shape: shapeOf(member.type, source),
        required: !optional,
      });
    }
  }
  return fields;
}

function mayBeUndefined(type: ts.TypeNode): boolean {
  if (ts.isTypeReferenceNode(type) && type.typeArguments?.[0]) {
    return mayBeUndefined(type.typeArguments[0]);
  }
  return (
    ts.isUnionTypeNode(type) &&
    type.types.some((part) => part.kind === ts.SyntaxKind.UndefinedKeyword)
  );
}

function shapeOf(type: ts.TypeNode, source: ts.SourceFile): Shape {
  switch (type.kind) {
    case ts.SyntaxKind.StringKeyword:
      return { kind: "string" };
    case ts.SyntaxKind.NumberKeyword:
      return { kind: "number" };
    case ts.SyntaxKind.BooleanKeyword:
      return { kind: "boolean" };
  }
  if (ts.isArrayTypeNode(type)) {
    return { kind: "array", items: shapeOf(type.elementType, source) };
  }
  if (ts.isUnionTypeNode(type)) {
    return shapeOfUnion(type, source);
  }
  if (ts.isTypeLiteralNode(type)) {
    const [member] = type.members;
    return member && ts.isIndexSignatureDeclaration(member)
      ? { kind: "map", values: shapeOf(member.type, source) }
      : { kind: "any" };
  }
  return ts.isTypeReferenceNode(type) ? shapeOfReference(type, source) : { kind: "any" };
}

/** An enumeration stands beside `string` where Azure may add values; alone it is a string, too. */
function shapeOfUnion(type: ts.UnionTypeNode, source: ts.SourceFile): Shape {
  const parts = type.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
  const shapes = parts.map((part) => shapeOf(part, source));
  const [first] = shapes;
  return first && shapes.every(({ kind }) => kind === first.kind && kind !== "object")
    ? first
    : parts.length === 1 && first
      ? first
      : { kind: "any" };
}

function shapeOfReference(type: ts.TypeReferenceNode, source: ts.SourceFile): Shape {
  const [side, module, name] = type.typeName.getText(source).split(".");
  if (side === "pulumi" && type.typeArguments?.[0]) {
    return shapeOf(type.typeArguments[0], source);
  }
  if (side === "enums") {
    return { kind: "string" };
  }
  if ((side === "inputs" || side === "outputs") && module && name) {
    return {
      kind: "object",
      get fields() {
        return objectFields(side, module, name);
      },
    };
  }
  return { kind: "any" };
}

/** Looked up when first needed: the types of the network service refer to each other in circles. */
function objectFields(side: "inputs" | "outputs", module: string, name: string): Fields {
  const key = `${side}.${module}.${name}`;
  let fields = objects.get(key);
  if (!fields) {
    const source = namespace(side, module);
    fields = fieldsOf(membersOf(source, name), source);
    objects.set(key, fields);
  }
  return fields;
}
