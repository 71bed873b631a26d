import { grantCondition } from "../../../../components";
import type { DeployerRole } from "../../../../twin/azure/arm/situation";
import { ROLE } from "../../../support/preflight";
import { type Case, GROUP_NAME, SUBSCRIPTION } from "./case";

const ASSIGNMENTS = "Microsoft.Authorization/roleAssignments";
const CONDITIONS = /^az role assignment list --assignee \S+ --scope \S+ .*\[\?condition\]/;

/** May make everything, and assign roles under a condition. */
function limited(condition: string): DeployerRole[] {
  return [
    { role: ROLE.contributor, scope: SUBSCRIPTION },
    { role: ROLE.grants, scope: SUBSCRIPTION, condition },
  ];
}

export const SUBSCRIPTION_CASES: readonly Case[] = [
  {
    title: "a subscription that takes no resources",
    make: ({ reads }) => void (reads.situation.subscriptionState = "Disabled"),
    what: "subscription",
    why: /"twin" is Disabled/,
    help: [/^az account show --subscription 0{8}/],
  },
  {
    title: "a login to another subscription than the runners' network is in",
    make: ({ bench: { cloud } }) => ({
      asking: {
        login: {
          objectId: cloud.deployer.objectId,
          tenantId: cloud.tenantId,
          isUser: false,
          subscriptionId: "aaaaaaaa-0000-4000-8000-000000000001",
        },
      },
    }),
    what: "subscription",
    why: /would build in aaaaaaaa-/,
    help: [/^az account set --subscription 0{8}/],
  },
  {
    title: "a person where a pipeline's identity was announced",
    make: ({ bench: { cloud } }) => ({
      asking: {
        login: {
          objectId: cloud.deployer.objectId,
          tenantId: cloud.tenantId,
          isUser: true,
          subscriptionId: cloud.subscriptionId,
        },
      },
    }),
    what: "rotation:deployerType",
    why: /it is ServicePrincipal, but your login .* is a User/,
    help: [/^pulumi config set rotation:deployerType User$/],
  },
  {
    title: "somebody who may only read",
    make: ({ reads }) =>
      void (reads.situation.roles = [{ role: ROLE.reader, scope: SUBSCRIPTION }]),
    what: "rights on the subscription",
    why: /^\d+ of 1\d\d actions are not allowed: Microsoft\.\S+, .+ and \d+ more$/,
    help: [
      /^az role assignment create --assignee-object-id \S+ --assignee-principal-type ServicePrincipal --role "Contributor" --scope \/subscriptions\/0/,
      /--role "Role Based Access Control Administrator" --scope \S+ --condition "[^"]+" --condition-version 2\.0$/,
    ],
  },
  {
    title: "somebody who may make everything and grant nothing",
    make: ({ reads }) =>
      void (reads.situation.roles = [{ role: ROLE.contributor, scope: SUBSCRIPTION }]),
    what: "rights on secrets/app",
    why: /^2 of 3 actions are not allowed: Microsoft\.Authorization\/roleAssignments\/delete, Microsoft\.Authorization\/roleAssignments\/write$/,
    help: [
      /--role "Role Based Access Control Administrator" --scope \S+\/shared-certificates\/secrets\/app --condition "[^"]*GuidEquals \{4633458b-17de-408a-b874-0445c86b69e6\} AND[^"]+" --condition-version 2\.0$/,
    ],
  },
  {
    title:
      "somebody who may do everything in the stack's group, and nothing with the runners' network",
    make: ({ reads }) => {
      reads.situation.roles = [
        { role: ROLE.reader, scope: SUBSCRIPTION },
        { role: ROLE.owner, scope: `${SUBSCRIPTION}/resourceGroups/${GROUP_NAME}` },
      ];
      return { made: ["platform"] };
    },
    what: "rights on virtualNetworks/runners",
    why: /Microsoft\.Network\/virtualNetworks\/join\/action, Microsoft\.Network\/virtualNetworks\/peer\/action/,
    help: [/--role "Contributor" --scope \S+\/virtualNetworks\/runners$/],
  },
  {
    title: "a condition on assigning roles that nobody can read",
    make: ({ reads }) => void (reads.situation.roles = limited("(@Request[...])")),
    state: "could not ask",
    what: "rights on the subscription",
    why: /^no condition that can be read: .*, so nothing here can judge it$/,
    help: [CONDITIONS],
  },
  {
    title: "a condition on assigning roles that is about principals which are not there yet",
    make: ({ reads, bench }) =>
      void (reads.situation.roles = limited(
        `@Request[${ASSIGNMENTS}:PrincipalId] GuidEquals ${bench.cloud.deployer.objectId}`,
      )),
    state: "could not ask",
    what: "rights on the subscription",
    why: /^a condition on assigning roles asks for what is not known before, so/,
    help: [CONDITIONS],
  },
  {
    title: "a condition on assigning roles that lacks some of the access table",
    make: ({ reads, bench }) =>
      void (reads.situation.roles = limited(
        grantCondition(["kubelet-registry", "deployer-cluster"], bench.cloud.deployer.objectId),
      )),
    what: "rights on the subscription",
    why: /^the condition on assigning roles refuses [a-z, -]*blue-secret, green-secret.* of the access table$/,
    help: [
      CONDITIONS,
      /^az role assignment delete --ids \/subscriptions\/0\S+\/roleAssignments\/\S+$/,
      /--role "Role Based Access Control Administrator" --scope \/subscriptions\/\S+ --condition "[^"]+" --condition-version 2\.0$/,
    ],
  },
  {
    title: "somebody who may not even read",
    make: ({ reads }) => void (reads.situation.roles = []),
    state: "could not ask",
    what: "resource providers",
    why: /^Azure refused with 403 AuthorizationFailed: The client '/,
    help: [/--role "Reader" --scope \/subscriptions\/0/],
  },
  {
    title: "a resource provider that is not registered",
    make: ({ reads }) => void reads.situation.unregistered.add("Microsoft.EventGrid"),
    what: "resource provider Microsoft.EventGrid",
    why: /it is NotRegistered/,
    help: [/^az provider register --namespace Microsoft\.EventGrid --wait$/],
  },
  {
    title: "a resource provider that others use",
    make: ({ reads }) => void reads.situation.unregistered.add("Microsoft.PolicyInsights"),
    what: "resource provider Microsoft.PolicyInsights",
    why: /it is NotRegistered/,
    help: [/^az provider register --namespace Microsoft\.PolicyInsights --wait$/],
  },
  {
    title: "a feature that is not registered",
    make: ({ reads }) => void reads.situation.features.clear(),
    what: "feature EncryptionAtHost",
    why: /it is NotRegistered/,
    help: [
      /^az feature register --namespace Microsoft\.Compute --name EncryptionAtHost$/,
      /^az feature show /,
      /^az provider register --namespace Microsoft\.Compute --wait$/,
    ],
  },
  {
    title: "a service that the region does not have",
    make: ({ reads }) =>
      void reads.situation.notOffered.add("Microsoft.DBforPostgreSQL/flexibleServers"),
    what: "resource type Microsoft.DBforPostgreSQL/flexibleServers",
    why: /it is not offered in \w+/,
    help: [/^az provider show --namespace Microsoft\.DBforPostgreSQL --query /],
  },
  {
    title: "an API version that is gone",
    make: ({ reads }) => void reads.situation.retired.add("Microsoft.KeyVault/vaults@2024-11-01"),
    what: "resource type Microsoft.KeyVault/vaults",
    why: /API version 2024-11-01 is no longer offered/,
    help: [/^az provider show --namespace Microsoft\.KeyVault --query /],
  },
];
