import { GIVEN } from "../../../../twin/azure/given";
import { ROLE, vaultId } from "../../../support/preflight";
import { type Case, given } from "./case";

export const BROUGHT_CASES: readonly Case[] = [
  {
    title: "no group of administrators",
    make: ({ reads }) => void reads.situation.directoryGroups.clear(),
    what: "group of administrators",
    why: /the group 1{8}-\S+ does not exist/,
    help: [
      /^az ad group list --filter "displayName eq 'platform-administrators'"/,
      /^az ad group create --display-name "platform-administrators" --mail-nickname "platform-administrators" /,
      /^pulumi config set rotation:adminGroupId /,
    ],
  },
  {
    title: "a group of administrators of another name",
    make: ({ reads }) =>
      void reads.situation.directoryGroups.set("11111111-1111-1111-1111-111111111111", "others"),
    what: "group of administrators",
    why: /is called "others", but rotation:adminGroupName is "platform-administrators"/,
    help: [/^pulumi config set rotation:adminGroupName "others"$/],
  },
  {
    title: "a directory that whoever asks may not look into",
    make: ({ reads }) => void (reads.situation.isDirectoryOpen = false),
    state: "could not ask",
    what: "group of administrators",
    why: /Authorization_RequestDenied/,
    help: [/^az ad group show --group 1{8}-/],
  },
  {
    title: "no vault with the certificate",
    make: () => ({ instead: { "shared-certificates": "elsewhere" } }),
    what: "certificate",
    why: /vault elsewhere does not exist$/,
    help: [/^az keyvault list --output table$/, /^pulumi config set rotation:certificate /],
  },
  {
    title: "no certificate in its vault",
    make: () => ({
      instead: { "shared-certificates/secrets/app": "shared-certificates/secrets/b" },
    }),
    what: "certificate",
    why: /^shared-certificates has no b$/,
    help: [
      /^az keyvault certificate import --vault-name shared-certificates --name b --file /,
      /^pulumi config set rotation:certificate /,
    ],
  },
  {
    title: "a certificate that is disabled",
    make: ({ bench: { cloud } }) => {
      const id = `${vaultId(cloud.subscriptionId)}/secrets/app`;
      const { outputs } = cloud.resources.find(id)!;
      cloud.resources.amend(id, { properties: { attributes: { enabled: false } } });
      return { undo: () => Promise.resolve(cloud.resources.amend(id, outputs)) };
    },
    what: "certificate",
    why: /^app is disabled$/,
    help: [/^az keyvault certificate set-attributes .* --name app --enabled true$/],
  },
  {
    title: "a vault that goes by access policies",
    make: ({ bench: { cloud } }) => {
      const id = vaultId(cloud.subscriptionId);
      const { outputs } = cloud.resources.find(id)!;
      const properties = { ...(outputs["properties"] as object), enableRbacAuthorization: false };
      cloud.resources.amend(id, { properties });
      return { undo: () => Promise.resolve(cloud.resources.amend(id, outputs)) };
    },
    what: "certificate",
    why: /shared-certificates uses access policies/,
    help: [/^az keyvault update --name shared-certificates --enable-rbac-authorization true /],
  },
  {
    title: "a certificate that lacks one of the hosts",
    make: () => ({
      settings: {
        hosts: ["app.example.com", "blue.app.example.com", "shop.example.org"],
      },
    }),
    what: "hosts of the certificate",
    why: /^it does not cover shop\.example\.org$/,
    help: [/^az keyvault certificate import --vault-name shared-certificates --name app --file /],
  },
  {
    title: "a certificate that is over",
    make: () => ({ asking: { now: new Date("2100-01-01") } }),
    what: "hosts of the certificate",
    why: /^it expired on 20\d\d-\d\d-\d\d$/,
    help: [/^az keyvault certificate import /],
  },
  {
    title: "a certificate that whoever asks may not look at",
    make: async ({ bench: { cloud } }) => {
      const grants = cloud.resources.all("Microsoft.Authorization/roleAssignments");
      const own = grants.find(({ inputs }) => inputs["principalId"] === cloud.deployer.objectId)!;
      await cloud.resources.delete(own.id);
      return { undo: () => cloud.resources.put(own.type, own.inputs, "create") };
    },
    state: "could not ask",
    what: "hosts of the certificate",
    why: /^the vault shared-certificates refused with 403 Forbidden: /,
    help: [/--role "Key Vault Reader" --scope \S+\/vaults\/shared-certificates$/],
  },
  {
    title: "a certificate in a form that nobody but a gateway reads",
    make: async (bench) => {
      const { cloud } = bench.bench;
      const secret = {
        resourceGroupName: GIVEN.group,
        vaultName: GIVEN.vault,
        secretName: "pfx",
        properties: { value: "MIIK", contentType: "application/x-pkcs12" },
      };
      const scope = vaultId(cloud.subscriptionId);
      await given(bench, ["keyvault:Secret", secret]);
      const grant = await bench.bench.grant(
        cloud.deployer.objectId,
        ROLE.keyVaultSecretsUser,
        scope,
      );
      return {
        instead: { "shared-certificates/secrets/app": "shared-certificates/secrets/pfx" },
        undo: () => bench.bench.delete("authorization:RoleAssignment", grant),
      };
    },
    state: "could not ask",
    what: "hosts of the certificate",
    why: /pfx is a secret, not a certificate of the vault, and its value is not PEM/,
    help: [/^az keyvault certificate import /],
  },
];
