import { type Asking, type Check, READER } from "../asking";
import { type Finding, okUnless, wrong } from "../finding";
import { nodePools } from "../nodePools";
import { armTypeOf, at, type Planned, type PlannedResource, textAt } from "../planned";

interface ResourceProvider {
  readonly namespace: string;
  readonly registrationState: string;
  readonly resourceTypes?: readonly {
    readonly resourceType: string;
    /** In words, `West Europe`; none for what belongs to no region. */
    readonly locations: readonly string[];
    readonly apiVersions: readonly string[];
  }[];
}

/** Providers whose resources others make beside theirs, by the type and when it does. */
const BESIDE: readonly {
  readonly namespace: string;
  readonly type: string;
  readonly where: (resource: PlannedResource) => boolean;
}[] = [
  // Scale sets and disks of the nodes.
  {
    namespace: "Microsoft.Compute",
    type: "containerservice:ManagedCluster",
    where: () => true,
  },
  // "Understand Azure Policy for Kubernetes clusters", prerequisites.
  {
    namespace: "Microsoft.PolicyInsights",
    type: "containerservice:ManagedCluster",
    where: ({ inputs }) => at(inputs, "addonProfiles", "azurepolicy", "enabled") === true,
  },
];

/** Resource providers: azure-native registers none. */
export const providers: Check = {
  what: "resource providers",
  role: READER,
  async ask(asking) {
    const known = await providersOf(asking);
    const needed = namespacesOf(asking.planned);
    const wrongs = needed.flatMap((namespace) => {
      const state = known.get(namespace.toLowerCase())?.registrationState ?? "unknown to Azure";
      return state === "Registered"
        ? []
        : wrong(
            `resource provider ${namespace}`,
            `it is ${state}: Azure refuses its resources (MissingSubscriptionRegistration)`,
            `az provider register --namespace ${namespace} --wait`,
          );
    });
    return okUnless(wrongs, "resource providers", `${needed.length} are registered`);
  },
};

/** What the program makes, at the API versions that it asks for, in its region. */
export const resourceTypes: Check = {
  what: "resource types",
  role: READER,
  async ask(asking) {
    const known = await providersOf(asking);
    const types = new Map(
      asking.planned.resources.map((resource) => [armTypeOf(resource.id), resource]),
    );
    const wrongs = [...types].flatMap(([type, resource]) => typeFindings(type, resource, known));
    return okUnless(
      wrongs,
      "resource types",
      `${types.size} are offered in ${asking.planned.location}, at the program's API versions`,
    );
  },
};

/** Features of a provider that a subscription begins without. */
export const features: Check = {
  what: "feature EncryptionAtHost",
  role: READER,
  async ask({ arm, planned }) {
    if (!nodePools(planned).some(({ isEncrypted }) => isEncrypted)) {
      return [];
    }
    const what = "feature EncryptionAtHost";
    const path = `${planned.subscription}/providers/Microsoft.Features/providers/Microsoft.Compute/features/EncryptionAtHost`;
    const state = textAt(await arm.get(path, "2021-07-01"), "properties", "state");
    const found =
      state === "Registered"
        ? []
        : [
            wrong(
              what,
              `it is ${state}: AKS refuses nodes that are encrypted at host`,
              "az feature register --namespace Microsoft.Compute --name EncryptionAtHost",
              "az feature show --namespace Microsoft.Compute --name EncryptionAtHost --query properties.state",
              "az provider register --namespace Microsoft.Compute --wait",
            ),
          ];
    return okUnless(found, what, "it is registered");
  },
};

async function providersOf({
  arm,
  planned,
}: Asking): Promise<ReadonlyMap<string, ResourceProvider>> {
  const all = await arm.list<ResourceProvider>(`${planned.subscription}/providers`, "2021-04-01");
  return new Map(all.map((provider) => [provider.namespace.toLowerCase(), provider]));
}

function namespacesOf(planned: Planned): string[] {
  const own = planned.resources.map(({ id }) => armTypeOf(id).split("/")[0]!);
  const beside = BESIDE.filter(({ type, where }) => planned.all(type).some(where));
  return [...new Set([...own, ...beside.map(({ namespace }) => namespace)])].sort();
}

function typeFindings(
  type: string,
  { apiVersion, inputs }: PlannedResource,
  known: ReadonlyMap<string, ResourceProvider>,
): Finding[] {
  const [namespace = "", ...segments] = type.split("/");
  const offered = known
    .get(namespace.toLowerCase())
    ?.resourceTypes?.find((each) => sameText(each.resourceType, segments.join("/")));
  // Not every type below another one is in the list.
  if (offered === undefined) {
    return [];
  }
  const { locations, apiVersions } = offered;
  const location = asLocation(textAt(inputs, "location"));
  const isElsewhere =
    location !== "" &&
    location !== "global" &&
    locations.length > 0 &&
    !locations.some((each) => asLocation(each) === location);
  const help = `az provider show --namespace ${namespace} --query "resourceTypes[?resourceType=='${offered.resourceType}']"`;
  return [
    ...(isElsewhere
      ? [wrong(`resource type ${type}`, `it is not offered in ${location}`, help)]
      : []),
    ...(apiVersions.length > 0 && !apiVersions.includes(apiVersion)
      ? [wrong(`resource type ${type}`, `API version ${apiVersion} is no longer offered`, help)]
      : []),
  ];
}

/** `West Europe` as settings have it. */
function asLocation(text: string): string {
  return text.toLowerCase().replaceAll(" ", "");
}

function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
