import assert from "node:assert/strict";
import * as keyvault from "@pulumi/azure-native/keyvault";
import * as kubernetes from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { MockProgram, valueOf } from "../../mocks/mocks";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const ROLE = "postgresql:index/role:Role";
const SECRET = "azure-native:keyvault:Secret";
const STASH = "pulumi:index:Stash";

/** A login whose password is in a vault. */
class Login extends pulumi.ComponentResource {
  readonly password: pulumi.Output<string>;
  readonly version: pulumi.Output<string>;

  constructor(name: string, generation: number, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Login", name, { generation }, opts);
    const guard = new pulumi.Stash(
      `${name}-guard`,
      { input: generation },
      {
        parent: this,
        ignoreChanges: ["input"],
        replacementTrigger: generation,
        hooks: { beforeUpdate: [new pulumi.ResourceHook(`${name}-hook`, () => this.refuse())] },
      },
    );
    const { result } = new random.RandomPassword(
      `${name}-password`,
      { length: 32, keepers: { generation: `${generation}` } },
      { parent: this, dependsOn: guard },
    );
    const role = new postgresql.Role(
      `${name}-role`,
      { name: "login", password: result },
      { parent: this, protect: true },
    );
    const secret = new keyvault.Secret(
      `${name}-secret`,
      {
        resourceGroupName: "group",
        vaultName: "vault",
        secretName: "login",
        properties: { value: result, contentType: "password" },
      },
      { parent: this, dependsOn: role },
    );
    this.password = result;
    this.version = secret.properties.secretUriWithVersion;
    this.registerOutputs({ version: this.version });
  }

  private refuse(): void {
    throw new Error("not now");
  }
}

async function loginProgram(generation = 0): Promise<{ program: MockProgram; login: Login }> {
  const program = await MockProgram.start();
  const login = new Login("a", generation);
  await program.drained();
  return { program, login };
}

describe("MockProgram", () => {
  it("records type, name, parent and inputs of every registration", async () => {
    const { program } = await loginProgram();

    const names = program.registrations.map(({ name }) => name);
    assert.deepEqual(names.sort(), ["a", "a-guard", "a-password", "a-role", "a-secret"]);
    const component = program.find("test:index:Login", "a");
    assert.deepEqual([component.custom, component.inputs], [false, { generation: 0 }]);
    assert.equal(program.find(ROLE, "a-role").options.parent, component.urn);
    assert.equal(program.find(ROLE, "a-role").inputs.name, "login");
  });

  it("generates secret values, and says exactly which inputs they reached", async () => {
    const { program, login } = await loginProgram();

    assert(await pulumi.isSecret(login.password));
    const { inputs, secretInputs } = program.find(SECRET, "a-secret");
    assert.deepEqual(secretInputs, ["properties.value"]);
    assert.deepEqual(inputs.properties, {
      value: await valueOf(login.password),
      contentType: "password",
    });
    assert.deepEqual(program.find(ROLE, "a-role").secretInputs, ["password"]);
    assert.deepEqual(program.find(PASSWORD, "a-password").secretInputs, []);
  });

  it("draws another password and another secret version when the keepers change", async () => {
    const first = (await loginProgram(0)).login;
    const again = (await loginProgram(0)).login;
    const next = (await loginProgram(1)).login;

    for (const value of ["password", "version"] as const) {
      assert.equal(await valueOf(again[value]), await valueOf(first[value]));
      assert.notEqual(await valueOf(next[value]), await valueOf(first[value]));
    }
    assert.match(
      await valueOf(first.version),
      /^https:\/\/vault\.\S+\/secrets\/login\/[0-9a-f]{32}$/,
    );
  });

  it("records the options that decide identity and order", async () => {
    const { program } = await loginProgram(7);

    const { options } = program.find(STASH, "a-guard");
    assert.deepEqual(options.ignoreChanges, ["input"]);
    assert.equal(options.replacementTrigger, 7);
    assert.deepEqual(options.hooks, { beforeUpdate: ["a-hook"] });
    assert.equal(program.find(ROLE, "a-role").options.protect, true);
    assert.equal(program.find(SECRET, "a-secret").options.protect, false);
  });

  it("follows dependencies through other resources, in one direction", async () => {
    const { program } = await loginProgram();
    const guard = program.find(STASH, "a-guard");
    const secret = program.find(SECRET, "a-secret");

    assert(program.comesAfter(secret, guard));
    assert(!program.comesAfter(guard, secret));
  });

  it("hands out hooks to be called", async () => {
    const { program } = await loginProgram();

    const call = (): unknown =>
      program.hook("a-hook").callback({ urn: "", id: "", name: "", type: "" });
    assert.throws(call, /not now/);
    assert.throws(() => program.hook("b-hook"), /no hook b-hook among: a-hook/);
  });

  it("tells whether a component registered its outputs", async () => {
    const { program, login } = await loginProgram();

    const component = program.find("test:index:Login", "a");
    assert.deepEqual(component.registeredOutputs, { version: await valueOf(login.version) });
    assert.equal(program.find(ROLE, "a-role").registeredOutputs, undefined);
  });

  it("fails when a resource is not there, or there twice", async () => {
    const program = await MockProgram.start();
    new Login("a", 0);
    new Login("b", 0);
    new Login("c", 0, { parent: new Login("p", 0) });
    new pulumi.Stash("a-guard", { input: 1 });
    await program.drained();

    assert.equal(program.ofType(ROLE).length, 4);
    assert.throws(() => program.find(ROLE, "d-role"), /0 times .*\n(.*\n)*.*b-role/);
    assert.throws(() => program.find(STASH, "a-guard"), /2 times/);
  });

  it("keeps what a Stash is given, and shows outputs of other runs", async () => {
    const program = await MockProgram.start({
      stackOutputs: { "organization/rotation/test": { completed: { counter: 3 } } },
    });
    const stash = new pulumi.Stash("stash", { input: { one: 1 } });
    const self = new pulumi.StackReference("self", { name: "organization/rotation/test" });

    assert.deepEqual(await self.getOutputDetails("completed"), { value: { counter: 3 } });
    assert.deepEqual(await self.getOutputDetails("missing"), { value: undefined });
    assert.deepEqual(await valueOf(stash.output), { one: 1 });
    await program.drained();
  });

  it("gives each program its own configuration and names", async () => {
    const counters = [];
    for (const counter of ["1", "2"]) {
      const program = await MockProgram.start({
        stack: `stack${counter}`,
        config: { "rotation:counter": counter },
      });
      counters.push([pulumi.getStack(), new pulumi.Config().require("counter")]);
      await program.drained();
    }
    await MockProgram.start();

    assert.deepEqual(counters, [
      ["stack1", "1"],
      ["stack2", "2"],
    ]);
    assert.equal(new pulumi.Config().get("counter"), undefined);
  });

  it("names objects in the cluster and in Azure as they would be named", async () => {
    const program = await MockProgram.start();
    const job = new kubernetes.batch.v1.Job("proof", {
      metadata: { namespace: "app" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "proof" }] } } },
    });
    const vault = new keyvault.Vault("vault", {
      resourceGroupName: "group",
      vaultName: pulumi.secret("kv-app"),
      properties: { tenantId: "t", sku: { family: "A", name: "standard" } },
    });

    assert.match(await valueOf(job.id), /^app\/proof-[0-9a-f]{8}$/);
    assert.match(
      await valueOf(vault.id),
      /^\/subscriptions\/[^/]+\/resourceGroups\/group\/providers\/Microsoft\.KeyVault\/vaults\/kv-app$/,
    );
    assert.equal((await valueOf(vault.properties)).vaultUri, "https://kv-app.vault.azure.net/");
    await program.drained();
  });

  it("does not make up answers for types and calls that it does not know", async () => {
    const types = await MockProgram.start();
    new (class extends pulumi.CustomResource {})("azure-native:compute:VirtualMachine", "vm");
    await assert.rejects(types.drained(), /do not know the resource type azure-native:compute/);

    const calls = await MockProgram.start();
    await assert.rejects(pulumi.runtime.invoke("azure-native:keyvault:getSecret", {}));
    await assert.rejects(calls.drained(), /do not know the call azure-native:keyvault:getSecret/);
  });
});

describe("valueOf", () => {
  it("rejects when the output does", async () => {
    const failing = pulumi.output(Promise.resolve(1)).apply(() => {
      throw new Error("no value");
    });

    await assert.rejects(valueOf(failing), /no value/);
  });
});
