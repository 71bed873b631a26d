import { armBody } from "./armBody";

/** A resource that the program registered, with what its provider would know about it. */
export interface ProgramResource {
  readonly urn: string;
  /** e.g. `azure-native:keyvault:Vault`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** ARM id. */
  readonly id: string;
  readonly apiVersion: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of the inputs that are part of the id. */
  readonly pathInputs: readonly string[];
  /** Paths of secret inputs: `properties.value`. */
  readonly secretInputs: readonly string[];
  /** URNs of the resources it depends on. */
  readonly dependencies: readonly string[];
}

export interface ArmResource {
  readonly type: string;
  readonly apiVersion: string;
  readonly name: string;
  /** Id of what an extension resource belongs to. */
  readonly scope?: string;
  /** Group of a nested deployment. */
  readonly resourceGroup?: string;
  readonly dependsOn?: readonly string[];
  readonly [property: string]: unknown;
}

export interface ArmTemplate {
  readonly $schema: string;
  readonly contentVersion: string;
  readonly metadata: { readonly description: string };
  readonly parameters: Readonly<Record<string, { type: "securestring" }>>;
  readonly resources: readonly ArmResource[];
}

const SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

interface Place {
  /** Group, as `/subscriptions/…/resourceGroups/…`, that the resource is deployed to. */
  readonly group: string;
  /** Id of the resource that it extends; undefined for others. */
  readonly scope: string | undefined;
  readonly armType: string;
  /** The names of its parents and its own: `network`, `nodes`. */
  readonly armNames: readonly string[];
}

/**
 * The ARM template of a program's resources in the order of their registration. Secret values are
 * parameters; the resource group is where the template is deployed to; what lives in another group
 * is a nested deployment.
 *
 * @param group ARM id of the resource group
 */
export function armTemplate(group: string, all: readonly ProgramResource[]): ArmTemplate {
  const deployed = all.filter(({ id }) => placeOf(id) !== undefined);
  const byUrn = new Map(all.map((resource) => [resource.urn, resource]));
  const parameters: Record<string, { type: "securestring" }> = {};
  const resources = deployed.map((resource) => {
    const place = placeOf(resource.id)!;
    const resolved = withParameters(resource, parameters);
    const rendered: ArmResource = {
      type: place.armType,
      apiVersion: resource.apiVersion,
      name: templateName(place.armNames),
      ...(place.scope === undefined ? {} : { scope: place.scope }),
      ...armBody(resource.type, resolved, resource.pathInputs),
      ...dependsOn(resource, byUrn, group),
    };
    return sameGroup(place.group, group)
      ? rendered
      : nestedDeployment(resource.name, place.group, rendered);
  });
  return {
    $schema: SCHEMA,
    contentVersion: "1.0.0.0",
    metadata: {
      description:
        `For the resource group ${nameOf(group)}. Ids, addresses and principals that Azure makes ` +
        "up are placeholders; secret values are parameters.",
    },
    parameters,
    resources,
  };
}

function placeOf(id: string): Place | undefined {
  const parts = id.split(/\/providers\//i);
  const last = parts.at(-1);
  if (parts.length < 2 || last === undefined) {
    return undefined;
  }
  const [namespace = "", ...segments] = last.split("/");
  const own = (offset: number) => segments.filter((_, index) => index % 2 === offset);
  const scope = parts.length > 2 ? parts.slice(0, -1).join("/providers/") : undefined;
  const above = parts.slice(0, -1).join("/providers/");
  return {
    group: /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(above)?.[0] ?? above,
    scope,
    armType: [namespace, ...own(0)].join("/"),
    armNames: own(1),
  };
}

/** A child's name holds those of its parents, which the schemas accept as an expression only. */
function templateName(names: readonly string[]): string {
  const [only = ""] = names;
  return names.length === 1
    ? only
    : `[format('${names.map((_, index) => `{${index}}`).join("/")}', ${names
        .map((name) => `'${name}'`)
        .join(", ")})]`;
}

function withParameters(
  { inputs, secretInputs, name }: ProgramResource,
  parameters: Record<string, { type: "securestring" }>,
): Readonly<Record<string, unknown>> {
  const copy = structuredClone(inputs) as Record<string, unknown>;
  for (const path of secretInputs) {
    const parameter = `${name}-${path}`.replace(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) =>
      next.toUpperCase(),
    );
    parameters[parameter] = { type: "securestring" };
    const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
    const holder = keys.slice(0, -1).reduce<unknown>((value, key) => at(value, key), copy);
    (holder as Record<string, unknown>)[keys.at(-1)!] = `[parameters('${parameter}')]`;
  }
  return copy;
}

function at(value: unknown, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}

function dependsOn(
  { dependencies, id }: ProgramResource,
  byUrn: ReadonlyMap<string, ProgramResource>,
  group: string,
): { dependsOn?: string[] } {
  const ids = dependencies.flatMap((urn) => {
    const other = byUrn.get(urn);
    const place = other && placeOf(other.id);
    if (other === undefined || place === undefined || other.id === id) {
      return [];
    }
    return sameGroup(place.group, group)
      ? other.id
      : `${group}/providers/Microsoft.Resources/deployments/${other.name}`;
  });
  const unique = [...new Set(ids)].sort();
  return unique.length === 0 ? {} : { dependsOn: unique };
}

/** One resource in another group than the rest. */
function nestedDeployment(name: string, group: string, resource: ArmResource): ArmResource {
  const { dependsOn: after, ...inner } = resource;
  return {
    type: "Microsoft.Resources/deployments",
    apiVersion: "2022-09-01",
    name,
    resourceGroup: nameOf(group),
    properties: {
      mode: "Incremental",
      template: { $schema: SCHEMA, contentVersion: "1.0.0.0", resources: [inner] },
    },
    ...(after === undefined ? {} : { dependsOn: after }),
  };
}

function sameGroup(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function nameOf(group: string): string {
  return group.slice(group.lastIndexOf("/") + 1);
}
