import * as assert from "node:assert/strict";
import type { PolicyResource, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { policyPack } from "../../policy/pack";
import type { Resource } from "../../policy/rules";
import { RULES } from "../../policy/rules";
import { sayEach } from "../support/says";

const SERVER = "azure-native:dbforpostgresql:Server";

const OPTIONS = {
  protect: false,
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
};

/** Proves what the pack answers to the calls of an engine, without one. */
describe("The policy pack", () => {
  it("has a mandatory policy for every rule", () => {
    const { policies } = policyPack(() => "prod");
    assert.deepEqual(
      policies.slice(1).map(({ name }) => name),
      RULES.map(({ id }) => id.toLowerCase()),
    );
    assert.ok(policies.every(({ enforcementLevel }) => enforcementLevel === "mandatory"));
  });

  it("reports a rule about one resource when that comes", async () => {
    const found = await violations("prod", [
      {
        type: SERVER,
        name: "platform-database",
        props: { network: { publicNetworkAccess: "Enabled" } },
      },
    ]);
    sayEach(
      found.filter((each) => each.startsWith("ckv_azure_68")),
      ["network.publicNetworkAccess", '"Enabled"', 'must be "Disabled"', "@undefined"],
    );
  });

  it("reports a rule about several resources at the resource that lacks them", async () => {
    const found = await violations("prod", [
      { type: SERVER, name: "platform-database", props: { version: "18" } },
    ]);
    sayEach(
      found.filter((each) => each.startsWith("azr-000389")),
      ["no azure-native:dbforpostgresql:AdministratorsMicrosoftEntra", "@urn:platform-database"],
    );
  });

  it("is silent about what is waived for the profile of the stack, and only there", async () => {
    const database: Resource = {
      type: SERVER,
      name: "platform-database",
      props: { highAvailability: { mode: "Disabled" } },
    };
    const about = async (profile: string) =>
      (await violations(profile, [database])).filter((each) => each.startsWith("azr-000434"));
    assert.equal((await about("prod")).length, 1);
    assert.equal((await about("dev")).length, 0);
  });

  it("says what it lacks when the stack has no profile", async () => {
    await assert.rejects(
      violations(undefined, [{ type: SERVER, name: "a", props: {} }]),
      /rotation:profile is not set; it must be dev or prod/,
    );
  });
});

/** What the pack reports when an engine tells it of these resources one by one, and at the end. */
async function violations(profile: string | undefined, resources: Resource[]): Promise<string[]> {
  const { policies } = policyPack(() => profile);
  const found: string[] = [];
  for (const policy of policies) {
    const report = (message: string, urn?: string) => {
      found.push(`${policy.name}: ${message} @${urn}`);
    };
    for (const { type, name, props } of resources) {
      if ("validateResource" in policy && typeof policy.validateResource === "function") {
        await policy.validateResource(
          {
            type,
            name,
            props,
            urn: `urn:${name}`,
            opts: OPTIONS,
          } as unknown as ResourceValidationArgs,
          report,
        );
      }
    }
    if ("validateStack" in policy) {
      const args: Partial<StackValidationArgs> = { resources: [] as PolicyResource[] };
      await policy.validateStack(args as StackValidationArgs, report);
    }
  }
  return found;
}
