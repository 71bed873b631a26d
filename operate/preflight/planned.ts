import { presentIn, type State, type StateResource } from "../state/state";

/** A resource of Azure that the program would make. */
export interface PlannedResource {
  readonly urn: string;
  /** e.g. `azure-native:keyvault:Vault`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly id: string;
  readonly apiVersion: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Characters at the end of names that are unique in all of Azure, drawn by the first `up`. */
const DRAWN = "random:index/randomString:RandomString";

/** Types whose names end in them. */
const DRAWN_NAMES: Readonly<Record<string, string>> = {
  "azure-native:containerregistry:Registry": "registryName",
  "azure-native:dbforpostgresql:Server": "serverName",
  "azure-native:keyvault:Vault": "vaultName",
};

/** What a stack would make, and what of it is there by its state. */
export class Planned<Resource extends PlannedResource = PlannedResource> {
  private constructor(
    /** ARM id of the stack's resource group. */
    readonly group: string,
    readonly resources: readonly Resource[],
    /** What the state says that the ends of names are; made up where that is undefined. */
    readonly drawn: StateResource | undefined,
    private readonly made: ReadonlySet<string>,
  ) {}

  /**
   * @param resources as the program registers them, with made-up characters in drawn names
   * @param state of the stack; undefined when there is none
   */
  static of<Resource extends PlannedResource>(
    { group, resources }: { group: string; resources: readonly Resource[] },
    state: State | undefined,
  ): Planned<Resource> {
    const present = [...(state === undefined ? [] : presentIn(state).values())];
    const drawn = present.find(({ type, urn }) => type === DRAWN && urn.endsWith("-suffix"));
    const ids = present.flatMap(({ id }) => (id?.startsWith("/") ? id.toLowerCase() : []));
    const end = textAt(drawn?.outputs, "result");
    const named = end === "" ? resources : withNames(resources, namesWith(end, resources));
    return new Planned(group, named, drawn, new Set(ids));
  }

  get subscriptionId(): string {
    return this.group.split("/")[2]!;
  }

  get subscription(): string {
    return `/subscriptions/${this.subscriptionId}`;
  }

  get location(): string {
    return textAt(this.all("resources:ResourceGroup")[0]!.inputs, "location");
  }

  /** @param type without the package, e.g. `keyvault:Vault` */
  all(type: string): Resource[] {
    return this.resources.filter((each) => each.type === `azure-native:${type}`);
  }

  /** The one resource of a type. */
  one(type: string): Resource {
    const [only] = this.all(type);
    if (only === undefined) {
      throw new Error(`The program makes no ${type}.`);
    }
    return only;
  }

  /** Whether the stack has made it, by its state. */
  isMade({ id }: Pick<PlannedResource, "id">): boolean {
    return this.made.has(id.toLowerCase());
  }
}

/** Every type in ARM's words, e.g. `Microsoft.KeyVault/vaults/secrets`. */
export function armTypeOf(id: string): string {
  const [namespace = "", ...segments] = id
    .split(/\/providers\//i)
    .at(-1)!
    .split("/");
  return id.includes("/providers/")
    ? [namespace, ...segments.filter((_, index) => index % 2 === 0)].join("/")
    : "Microsoft.Resources/subscriptions/resourceGroups";
}

/** Last part of an id. */
export function nameOf(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** The value at a path of keys. */
export function at(value: unknown, ...path: readonly (number | string)[]): unknown {
  return path.reduce<unknown>(
    (object, key) => (object as Record<string, unknown> | null | undefined)?.[key],
    value,
  );
}

/** The text at a path of keys; empty when there is none. */
export function textAt(value: unknown, ...path: readonly (number | string)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

/** What drawn names are called now, and what they are to be called. */
function namesWith(
  drawn: string,
  resources: readonly PlannedResource[],
): ReadonlyMap<string, string> {
  return new Map(
    resources.flatMap(({ type, inputs }) => {
      const name = textAt(inputs, DRAWN_NAMES[type] ?? "");
      return name === "" ? [] : [[name, name.slice(0, -drawn.length) + drawn] as const];
    }),
  );
}

/** The same resources under other names, also where one names another. */
function withNames<Resource extends PlannedResource>(
  resources: readonly Resource[],
  names: ReadonlyMap<string, string>,
): Resource[] {
  const text = [...names].reduce(
    (all, [before, after]) => all.replaceAll(before, after),
    JSON.stringify(resources),
  );
  return JSON.parse(text) as Resource[];
}
