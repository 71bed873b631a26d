import * as assert from "node:assert/strict";
import type { DeployerRole } from "../../../../twin/azure/arm/situation";
import type { Properties } from "../../../../twin/plugin/provider";
import { GROUP, textOf } from "../../../support/azureCloud";
import { ROLE, RuleSuite } from "../../../support/azurePlatform";

describe("rules for identities and roles in the twin", () => {
  const suite = new RuleSuite();
  const issuer = () =>
    (suite.platform.cluster.outputs["oidcIssuerProfile"] as Properties)["issuerURL"]!;
  const credential = (name: string, change: Properties = {}): Properties => ({
    resourceGroupName: GROUP,
    resourceName: "id-aks",
    federatedIdentityCredentialResourceName: name,
    issuer: issuer(),
    subject: `system:serviceaccount:app:${name}`,
    audiences: ["api://AzureADTokenExchange"],
    ...change,
  });
  const CREDENTIAL = "managedidentity:FederatedIdentityCredential";
  const ASSIGNMENT = "authorization:RoleAssignment";
  const assignment = (change: Properties = {}): Properties => ({
    roleAssignmentName: crypto.randomUUID(),
    principalId: suite.platform.identity.outputs["principalId"]!,
    principalType: "ServicePrincipal",
    roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${ROLE.reader}`,
    scope: suite.platform.gateway.id,
    ...change,
  });
  suite.refuses([
    [
      "an audience that is not the exchange's",
      CREDENTIAL,
      () => credential("cred", { audiences: ["api://other"] }),
      /audiences must be exactly/,
    ],
    [
      "a second audience",
      CREDENTIAL,
      () => credential("cred", { audiences: ["api://AzureADTokenExchange", "x"] }),
      /audiences must be exactly/,
    ],
    [
      "an issuer that lacks the cluster's last slash",
      CREDENTIAL,
      () => credential("cred", { issuer: textOf(issuer()).slice(0, -1) }),
      /not, byte for byte/,
    ],
    [
      "an issuer without https",
      CREDENTIAL,
      () => credential("cred", { issuer: "http://a.example" }),
      /not an https URL/,
    ],
    [
      "a role that does not exist",
      ASSIGNMENT,
      () =>
        assignment({
          roleDefinitionId:
            "/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-000000000000",
        }),
      /RoleDefinitionDoesNotExist/,
    ],
    [
      "a name that is no GUID",
      ASSIGNMENT,
      () => assignment({ roleAssignmentName: "reader" }),
      /must be a GUID/,
    ],
    [
      "a scope that does not exist",
      ASSIGNMENT,
      () => assignment({ scope: `${suite.platform.gateway.id}x` }),
      /ResourceNotFound/,
    ],
    [
      "a principal that does not exist",
      ASSIGNMENT,
      () => assignment({ principalId: crypto.randomUUID() }),
      /PrincipalNotFound/,
    ],
    [
      "a new principal whose type is not said, as Azure does until it is replicated",
      ASSIGNMENT,
      () => {
        const inputs = assignment();
        delete inputs["principalType"];
        return inputs;
      },
      /PrincipalNotFound.*principalType/,
    ],
    [
      "a principal of another type",
      ASSIGNMENT,
      () => assignment({ principalType: "User" }),
      /UnmatchedPrincipalType/,
    ],
  ]);

  it("refuses the second of two writes under one identity, and takes it afterwards", async () => {
    const writes = [credential("first"), credential("second")];
    const results = await Promise.allSettled(writes.map((w) => suite.bench.create(CREDENTIAL, w)));
    assert.equal(results[0]?.status, "fulfilled");
    assert.match(
      String((results[1] as PromiseRejectedResult).reason),
      /Status=409 Code="ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"/,
    );
    await suite.bench.create(CREDENTIAL, writes[1]!);
  });

  it("refuses the same subject twice under one identity", async () => {
    await suite.bench.create(CREDENTIAL, credential("once"));
    const again = credential("twice", { subject: "system:serviceaccount:app:once" });
    await assert.rejects(suite.bench.create(CREDENTIAL, again), /combination already exists/);
  });

  it("takes twenty credentials under one identity, and no more", async () => {
    await suite.bench.identity("id-full");
    for (let number = 1; number <= 20; number++) {
      await suite.bench.create(CREDENTIAL, credential(`c${number}x`, { resourceName: "id-full" }));
    }
    await assert.rejects(
      suite.bench.create(CREDENTIAL, credential("cred21", { resourceName: "id-full" })),
      /20 federated identity credentials already/,
    );
  });

  it("refuses the same grant twice, and another role under the same name", async () => {
    const made = await suite.bench.create(ASSIGNMENT, assignment());
    await assert.rejects(suite.bench.create(ASSIGNMENT, assignment()), /RoleAssignmentExists/);
    const role = `/providers/Microsoft.Authorization/roleDefinitions/${ROLE.contributor}`;
    await assert.rejects(
      suite.bench.update(ASSIGNMENT, made, { ...made.inputs, roleDefinitionId: role }),
      /RoleAssignmentUpdateNotPermitted/,
    );
  });

  it("refuses whoever runs the program what its own roles, and their conditions, do not allow", async () => {
    const { cloud } = suite.bench;
    const scope = `/subscriptions/${cloud.subscriptionId}`;
    const all = cloud.situation.roles;
    const made = await suite.bench.create(
      ASSIGNMENT,
      assignment({ scope: suite.platform.identity.id }),
    );
    const may = (...roles: DeployerRole[]) => void (cloud.situation.roles = roles);
    const contributor = { role: ROLE.contributor, scope };
    const limited = (role: string): DeployerRole => ({
      role: ROLE.rbacAdministrator,
      scope,
      condition: ["@Request", "@Resource"]
        .map(
          (source) =>
            `${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] GuidEquals ${role}`,
        )
        .join(" OR "),
    });
    const write = () =>
      suite.bench.create(ASSIGNMENT, assignment({ scope: suite.platform.nodes.id }));
    may(contributor);
    await assert.rejects(write(), /Status=403 Code="AuthorizationFailed".*roleAssignments\/write/);
    may(contributor, limited(ROLE.contributor));
    await assert.rejects(write(), /Status=403 Code="AuthorizationFailed".*roleAssignments\/write/);
    await assert.rejects(suite.bench.delete(ASSIGNMENT, made), /AuthorizationFailed.*\/delete/);
    may({ role: ROLE.reader, scope });
    await assert.rejects(suite.bench.identity("id-none"), /userAssignedIdentities\/write/);
    may(contributor, limited(ROLE.reader));
    await suite.bench.delete(ASSIGNMENT, await write());
    await suite.bench.delete(ASSIGNMENT, made);
    may(...all);
  });

  it("grants on a secret that is yet to come, in a vault that is there", async () => {
    const vault = await suite.bench.vault("kv-grants");
    await suite.bench.create(ASSIGNMENT, assignment({ scope: `${vault.id}/secrets/app-blue` }));
  });

  it("forgets grants with the resource that they were on", async () => {
    const vault = await suite.bench.vault("kv-forgets");
    const grant = await suite.bench.create(ASSIGNMENT, assignment({ scope: vault.id }));
    await suite.bench.delete("keyvault:Vault", vault);
    assert.equal(suite.bench.cloud.resources.find(grant.id), undefined);
  });

  it("are an error to whoever reads one that is gone, and no error to whoever deletes it", async () => {
    const { bench } = suite;
    const made = await bench.create(ASSIGNMENT, assignment({ scope: suite.platform.nodes.id }));
    await bench.cloud.resources.delete(made.id);
    await assert.rejects(
      async () => bench.read(ASSIGNMENT, made),
      /Status=404 Code="RoleAssignmentNotFound" Message="The role assignment '[0-9a-f-]{36}' is not found\."/,
    );
    await bench.delete(ASSIGNMENT, made);
  });
});
