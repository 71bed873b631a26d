import * as containerregistry from "@pulumi/azure-native/types/enums/containerregistry";
import * as containerservice from "@pulumi/azure-native/types/enums/containerservice";
import * as dbforpostgresql from "@pulumi/azure-native/types/enums/dbforpostgresql";
import * as eventgrid from "@pulumi/azure-native/types/enums/eventgrid";
import * as keyvault from "@pulumi/azure-native/types/enums/keyvault";
import * as monitor from "@pulumi/azure-native/types/enums/monitor";
import * as network from "@pulumi/azure-native/types/enums/network";
import * as operationalinsights from "@pulumi/azure-native/types/enums/operationalinsights";
import type { Resource, Values } from "../../policy/rules";

/** Azure's enumerations, by service. */
const ENUMS: Readonly<Record<string, object>> = {
  containerregistry,
  containerservice,
  dbforpostgresql,
  eventgrid,
  keyvault,
  monitor,
  network,
  operationalinsights,
};

/** One setting of one resource, turned into another. */
export interface Mutant {
  readonly resource: Resource;
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly mutated: Resource;
}

/**
 * What is not flipped, because no value of it is safer or more available than another one. The only
 * place where anything is left out.
 */
const LEFT_OUT: readonly { readonly keys: RegExp; readonly why: string }[] = [
  {
    keys: /^(?:name|\w+Name|\w+Login)$/,
    why: "names: what is named otherwise is another resource",
  },
  {
    keys: /^(?:id|\w+I[dD]s?|\w+ResourceID|resourceUri|source|scopes?|userAssignedIdentities|actionGroups|adminGroupObjectIDs)$/,
    why: "references to other resources: the resource graph has them, and a wrong one is refused",
  },
  { keys: /^(?:tags|location|description|displayName|emailAddress)$/, why: "places and free text" },
  {
    keys: /^(?:administratorLoginPassword|password|kubeconfig|value)$/,
    why: "secrets, and the values of parameters",
  },
];

/** Text whose most dangerous value is known; anything else gets another value of its enumeration. */
const DANGEROUS: readonly (readonly [pattern: RegExp, to: string])[] = [
  [/^[\d.]+\/\d+$/, "0.0.0.0/0"],
  [/^PT\d+[MH]$/, "P7D"],
  [/^true$/, "false"],
  [/^\d+(?:-\d+)?$/, "*"],
  [/^https:/, "http://example.invalid"],
];

/** Every way in which one setting of a resource can be flipped. */
export function mutantsOf(resource: Resource): Mutant[] {
  return flips(resource.props, "", alternatives(resource.type)).map(({ path, from, to }) => ({
    resource,
    path,
    from,
    to,
    mutated: { ...resource, props: replaced(resource.props, path.split("/"), to) as Values },
  }));
}

interface Flip {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Booleans are inverted, numbers 0 or 1, lists empty, objects gone, text something else. */
function flips(value: unknown, path: string, other: (text: string) => string): Flip[] {
  const flip = (to: unknown): Flip => ({ path, from: value, to });
  const inner = (key: string | number) => (path === "" ? `${key}` : `${path}/${key}`);
  switch (typeof value) {
    case "boolean":
      return [flip(!value)];
    case "number":
      return [flip(value === 0 ? 1 : 0)];
    case "string":
      return [flip(other(value))];
    case "object": {
      if (value === null) {
        return [];
      }
      if (Array.isArray(value)) {
        return [
          ...(value.length > 0 ? [flip([])] : []),
          ...value.flatMap((each, index) => flips(each, inner(index), other)),
        ];
      }
      return [
        ...(path === "" || Object.keys(value).length === 0 ? [] : [flip(undefined)]),
        ...Object.entries(value)
          .filter(([key]) => !LEFT_OUT.some(({ keys }) => keys.test(key)))
          .flatMap(([key, each]) => flips(each, inner(key), other)),
      ];
    }
    default:
      return [];
  }
}

/** Another value of the enumeration of Azure that a text is from; a dangerous or odd one else. */
function alternatives(type: string): (text: string) => string {
  const service = type.split(":")[1]!;
  const enums = (ENUMS[service] ?? {}) as Readonly<Record<string, Readonly<Values>>>;
  return (text) => {
    const values = Object.values(enums)
      .map((each) => Object.values(each).filter((value) => typeof value === "string"))
      .filter((each) => each.includes(text) && each.length > 1);
    const [another] = (values[0] ?? []).filter((value) => value !== text);
    const dangerous = DANGEROUS.find(([pattern]) => pattern.test(text));
    return dangerous?.[1] ?? another ?? "other";
  };
}

function replaced(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) {
    return to;
  }
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown, index) => {
      const next = index === Number(key) ? replaced(each, rest, to) : each;
      return next === undefined ? [] : [next];
    });
  }
  const copy = { ...(value as Record<string, unknown>) };
  copy[key] = replaced(copy[key], rest, to);
  return copy;
}
