import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorObject } from "ajv";
import Ajv04 from "ajv-draft-04";
import type { ArmResource, ArmTemplate } from "../../export/armTemplate";

interface Definition {
  readonly properties: {
    readonly type: { readonly enum: readonly string[] };
    readonly apiVersion: { readonly enum: readonly string[] };
  };
}

type Document = { readonly id: string } & Readonly<
  Record<string, Readonly<Record<string, Definition>>>
>;

/** Where a schema document lists resources that a template can deploy into a group. */
const LISTS = [
  "resourceDefinitions",
  "extension_resourceDefinitions",
  "unknown_resourceDefinitions",
];

/** Validates resources of a template against a copy of Azure's public ARM schemas. */
export class ArmSchemas {
  private readonly ajv = new Ajv04({ strict: false, allErrors: true, validateFormats: false });
  private readonly loaded = new Map<string, Document[]>();

  /** @param directory folder `schemas` of Azure/azure-resource-manager-schemas */
  constructor(private readonly directory: string) {
    this.add(join(directory, "common", "definitions.json"));
  }

  /** What is wrong with a resource, one sentence each; a nested deployment by its resources. */
  problems(resource: ArmResource): string[] {
    if (resource.type === "Microsoft.Resources/deployments") {
      const { template } = resource["properties"] as { template: ArmTemplate };
      return template.resources.flatMap((inner) => this.problems(inner));
    }
    const name = `${resource.type} ${resource.apiVersion}`;
    const reference = this.reference(resource);
    if (reference === undefined) {
      return [`There is no schema for ${name}.`];
    }
    const validate = this.ajv.compile({ $ref: reference });
    // These two are of templates, not of the type.
    const body: Record<string, unknown> = { ...resource };
    delete body["dependsOn"];
    delete body["scope"];
    return validate(body)
      ? []
      : deepest(validate.errors ?? []).map(
          ({ instancePath, message = "", params }) =>
            `${name} ${resource.name}${instancePath} ${message} ${JSON.stringify(params)}`,
        );
  }

  private reference({ type, apiVersion }: ArmResource): string | undefined {
    for (const document of this.documents(apiVersion)) {
      for (const list of LISTS) {
        for (const [key, { properties }] of Object.entries(document[list] ?? {})) {
          const [known = ""] = properties.type.enum;
          if (
            known.toLowerCase() === type.toLowerCase() &&
            properties.apiVersion.enum.includes(apiVersion)
          ) {
            return `${document.id.replace(/#$/, "")}#/${list}/${key}`;
          }
        }
      }
    }
    return undefined;
  }

  private documents(apiVersion: string): Document[] {
    let documents = this.loaded.get(apiVersion);
    if (documents === undefined) {
      const folder = join(this.directory, apiVersion);
      documents = existsSync(folder)
        ? readdirSync(folder).map((file) => this.add(join(folder, file)))
        : [];
      this.loaded.set(apiVersion, documents);
    }
    return documents;
  }

  private add(file: string): Document {
    const document = JSON.parse(readFileSync(file, "utf8"), closed) as Document;
    this.ajv.addSchema(document, document.id.replace(/#$/, ""));
    return document;
  }
}

/**
 * The schemas let a property pass that the service does not know; here it is a mistake. Not where
 * alternatives share a base: neither of the two lists all properties.
 */
function closed(key: string, value: unknown): unknown {
  if (key === "oneOf" && Array.isArray(value)) {
    return value.map((alternative: Record<string, unknown>) => {
      if (alternative?.["$ref"] === undefined && alternative?.["properties"] !== undefined) {
        const { additionalProperties, ...open } = alternative;
        return additionalProperties === false ? open : alternative;
      }
      return alternative;
    });
  }
  const schema = value as { type?: string; properties?: object; allOf?: unknown; oneOf?: unknown };
  const isPlain =
    value !== null &&
    schema?.type === "object" &&
    schema.properties !== undefined &&
    schema.allOf === undefined &&
    schema.oneOf === undefined;
  return isPlain ? { additionalProperties: false, ...schema } : value;
}

/** Of the errors of alternatives only those that go deepest say what is meant. */
function deepest(errors: readonly ErrorObject[]): ErrorObject[] {
  const depth = ({ instancePath }: ErrorObject) => instancePath.split("/").length;
  const most = Math.max(...errors.map(depth));
  return errors.filter((error) => depth(error) === most);
}
