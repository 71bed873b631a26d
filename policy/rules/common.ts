import type { Rule } from "./rule";
import { like, oneOf, settings } from "./setting";
import { shown, text } from "./values";

/** Resources that Azure keeps tags of, and that people look for in a bill. */
const TAGGED = [
  "azure-native:containerregistry:Registry",
  "azure-native:containerservice:ManagedCluster",
  "azure-native:dbforpostgresql:Server",
  "azure-native:eventgrid:SystemTopic",
  "azure-native:keyvault:Vault",
  "azure-native:managedidentity:UserAssignedIdentity",
  "azure-native:monitor:ActionGroup",
  "azure-native:network:ApplicationGateway",
  "azure-native:network:NatGateway",
  "azure-native:network:NetworkSecurityGroup",
  "azure-native:network:PrivateEndpoint",
  "azure-native:network:PublicIPAddress",
  "azure-native:network:VirtualNetwork",
  "azure-native:network:WebApplicationFirewallPolicy",
  "azure-native:operationalinsights:Workspace",
  "azure-native:resources:ResourceGroup",
];

/** The roles that allow anything, or allow handing out rights. */
const OWNERS: Readonly<Record<string, string>> = {
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
  "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
  "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
};

/** Rules about resources of any service. */
export const COMMON_RULES: readonly Rule[] = [
  {
    id: "AZR-000166",
    title: "A resource is tagged with its owner.",
    appliesTo: TAGGED,
    check: ({ tags }) =>
      typeof tags === "object" && tags !== null && Object.keys(tags).length > 0
        ? undefined
        : `tags is ${shown(tags)}.`,
  },
  {
    id: "AVD-AZU-0052",
    title: "No role assignment covers everything.",
    appliesTo: ["azure-native:authorization:RoleAssignment"],
    check: ({ roleDefinitionId, scope }) => {
      const role = OWNERS[text(roleDefinitionId).split("/").at(-1) ?? ""];
      const wide = /^\/subscriptions\/[^/]+\/?$|^\/?$/.test(text(scope));
      return (
        [
          role === undefined ? [] : [`it grants ${role}: grant only what is needed.`],
          wide ? [`scope ${text(scope)} is a whole subscription: scope it to a resource.`] : [],
        ]
          .flat()
          .join(" ") || undefined
      );
    },
  },
  ...settings("azure-native:authorization:RoleAssignment", {
    id: "ROT-ID-4",
    title: "A role assignment sets its principal type, so that Azure accepts a new identity.",
    reference: "Troubleshoot Azure RBAC",
    path: "principalType",
    must: oneOf("ServicePrincipal", "User"),
  }),
  ...settings("azure-native:managedidentity:UserAssignedIdentity", {
    id: "AZR-000117",
    title: "An identity's name is valid in Azure.",
    path: "resourceName",
    must: like(/^[A-Za-z0-9][\w-]{2,127}$/),
  }),
];
