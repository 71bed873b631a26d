import type { PlainObject } from "../arm/plain";
import type { ResourceType } from "../arm/resourceType";
import { ROLES } from "../arm/roles";
import { type Asked, inSubscription, type Route } from "./route";

const ROLE_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions";

/** Registered in every subscription. */
const ALWAYS = ["Microsoft.Authorization", "Microsoft.Features", "Microsoft.Resources"];

/** Some regions, in words. The last one is where nobody is. */
export const REGIONS = [
  ...["West Europe", "North Europe", "Sweden Central", "France Central", "UK South", "East US"],
  "Brazil Southeast",
];

/** Providers that have nothing in the table of types. */
const OTHERS = ["Microsoft.Compute", "Microsoft.PolicyInsights"];

/**
 * The subscription itself: its state, providers and features, and what whoever asks may do.
 *
 * @param types all that there is
 */
export function subscriptionRoutes(types: readonly ResourceType[]): readonly Route[] {
  return [
    {
      method: "GET",
      path: inSubscription(""),
      action: "Microsoft.Resources/subscriptions/read",
      answer: ({ cloud, situation, subscription }) => ({
        id: subscription,
        subscriptionId: cloud.subscriptionId,
        tenantId: cloud.tenantId,
        displayName: "twin",
        state: situation.subscriptionState,
      }),
    },
    {
      method: "GET",
      path: inSubscription("/providers"),
      action: "Microsoft.Resources/subscriptions/providers/read",
      answer: (asked) => ({ value: providers(types, asked) }),
    },
    {
      method: "GET",
      path: inSubscription(
        "/providers/Microsoft.Features/providers/(?<namespace>[^/]+)/features/(?<feature>[^/]+)",
      ),
      action: "Microsoft.Features/providers/features/read",
      answer: ({ parts: { namespace = "", feature = "" }, situation, url }) => ({
        id: url.pathname,
        name: `${namespace}/${feature}`,
        properties: { state: situation.features.get(`${namespace}/${feature}`) ?? "NotRegistered" },
      }),
    },
    {
      method: "GET",
      path: /^(?<scope>\/subscriptions\/.+)\/providers\/Microsoft\.Authorization\/permissions$/i,
      action: "Microsoft.Authorization/permissions/read",
      answer: ({ parts: { scope = "" }, situation }) => ({
        value: situation.roles
          .filter((held) => `${scope}/`.toLowerCase().startsWith(`${held.scope}/`.toLowerCase()))
          .map(({ role }) => permission(role)),
      }),
    },
    {
      method: "GET",
      path: /^(?<scope>\/subscriptions\/.+)\/providers\/Microsoft\.Authorization\/roleAssignments$/i,
      action: "Microsoft.Authorization/roleAssignments/read",
      answer: ({ parts: { scope = "" }, cloud, situation, url }) => {
        const isOwn =
          url.searchParams.get("$filter") === `assignedTo('${cloud.deployer.objectId}')`;
        const held = situation.roles.filter((each) =>
          `${scope}/`.toLowerCase().startsWith(`${each.scope}/`.toLowerCase()),
        );
        return {
          value: (isOwn ? held : []).map(({ role, scope: at, condition }) => ({
            id: `${at}/providers/Microsoft.Authorization/roleAssignments/${role}`,
            properties: {
              principalId: cloud.deployer.objectId,
              roleDefinitionId: `${ROLE_DEFINITIONS}/${role}`,
              scope: at,
              condition: condition ?? null,
            },
          })),
        };
      },
    },
    {
      method: "GET",
      path: new RegExp(`^${ROLE_DEFINITIONS.replaceAll(".", "\\.")}/(?<role>[^/]+)$`, "i"),
      action: "Microsoft.Authorization/roleDefinitions/read",
      answer: ({ parts: { role = "" } }) => ({
        name: role,
        properties: { roleName: ROLES[role]?.name ?? "", permissions: [permission(role)] },
      }),
    },
  ];
}

function permission(role: string): PlainObject {
  const { actions = [], notActions = [], dataActions = [] } = ROLES[role] ?? {};
  return {
    actions: [...actions],
    notActions: [...notActions],
    dataActions: [...dataActions],
    notDataActions: [],
  };
}

function providers(types: readonly ResourceType[], { situation }: Asked): PlainObject[] {
  const namespaces = new Set([
    ...ALWAYS,
    ...OTHERS,
    ...types.map(({ armType }) => armType.split("/")[0]!),
  ]);
  return [...namespaces].map((namespace) => ({
    namespace,
    registrationState: situation.unregistered.has(namespace) ? "NotRegistered" : "Registered",
    resourceTypes: types
      .filter(({ armType }) => armType.startsWith(`${namespace}/`))
      .map(({ armType, apiVersion }) => ({
        resourceType: armType.slice(namespace.length + 1),
        locations: situation.notOffered.has(armType) ? REGIONS.slice(-1) : [...REGIONS],
        apiVersions: situation.retired.has(`${armType}@${apiVersion}`)
          ? ["1999-12-31"]
          : [apiVersion],
      })),
  }));
}
