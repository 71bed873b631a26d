import assert from "node:assert";
import { PROOF_CONNECTIONS } from "../../../components/plan/connectionBudget";
import { Rotator } from "../../../components/rotation/rotator";
import { scramVerifier } from "../../../components/rotation/scramVerifier";
import { MockProgram, valueOf } from "../../../mocks/mocks";
import { rotationEnvironment } from "../../support/rotationEnvironment";

/** Types as the engine names them. */
const TYPE = {
  grant: "postgresql:index/grant:Grant",
  mount: "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
  password: "random:index/randomPassword:RandomPassword",
  role: "postgresql:index/role:Role",
  secret: "azure-native:keyvault:Secret",
} as const;

async function rotatorAt(counter: number) {
  const program = await MockProgram.start();
  const environment = rotationEnvironment();
  const rotator = new Rotator("rotator", { environment, counter });
  await program.drained();
  const { properties } = program.find(TYPE.secret, "rotator-secret").inputs;
  const { value } = properties as { value: string };
  return { program, rotator, password: value };
}

describe("Rotator", () => {
  it("may connect, look into its schema and execute what is in there, and nothing else", async () => {
    const { program } = await rotatorAt(2);
    const grants = program.ofType(TYPE.grant).map(({ inputs }) => inputs);
    assert.deepStrictEqual(grants, [
      {
        database: "app",
        role: "app_rotator",
        objectType: "database",
        privileges: ["CONNECT"],
      },
      {
        database: "app",
        role: "app_rotator",
        objectType: "schema",
        schema: "app_rotation",
        privileges: ["USAGE"],
      },
      {
        database: "app",
        role: "app_rotator",
        objectType: "function",
        schema: "app_rotation",
        privileges: ["EXECUTE"],
      },
    ]);
    const { roles, superuser, createRole } = program.find(TYPE.role, "rotator-role").inputs;
    assert.deepStrictEqual([roles, superuser, createRole], [undefined, undefined, undefined]);
  });

  it("gets its rights one after another, and is ready with the last", async () => {
    const { program, rotator } = await rotatorAt(2);
    const steps = [
      program.find(TYPE.role, "rotator-role"),
      ...["database", "schema", "function"].map((of) => program.find(TYPE.grant, `rotator-${of}`)),
    ];
    steps.slice(1).forEach((later, index) => {
      assert.ok(program.comesAfter(later, steps[index]!), `${later.name} does not wait`);
    });
    const ready = await Promise.all(rotator.ready.map(({ urn }) => valueOf(urn)));
    assert.deepStrictEqual(ready, [steps.at(-1)!.urn]);
  });

  it("gives the server a verifier and the vault the password, in this order", async () => {
    const { program, password } = await rotatorAt(2);
    const role = program.find(TYPE.role, "rotator-role");
    const secret = program.find(TYPE.secret, "rotator-secret");
    assert.strictEqual(
      role.inputs["password"],
      scramVerifier(password, ["app", "app_rotator", "2"]),
    );
    assert.deepStrictEqual(
      [role.secretInputs, secret.secretInputs],
      [["password"], ["properties.value"]],
    );
    assert.strictEqual(secret.inputs["secretName"], "app-rotator");
    assert.ok(program.comesAfter(secret, role));
  });

  it("has another password with every counter, and the same one until then", async () => {
    const keepers = async (counter: number) => {
      const { program, password } = await rotatorAt(counter);
      return { password, keepers: program.find(TYPE.password, "rotator-password").inputs };
    };
    assert.deepStrictEqual(await keepers(2), await keepers(2));
    assert.notStrictEqual((await keepers(2)).password, (await keepers(3)).password);
  });

  it("is mounted through the identity of the proofs", async () => {
    const { program, rotator } = await rotatorAt(2);
    assert.match(await valueOf(rotator.mount), /^app-rotator-[0-9a-f]{8}$/);
    const { parameters } = program.find(TYPE.mount, "app-rotator").inputs["spec"] as {
      parameters: Record<string, string>;
    };
    assert.strictEqual(parameters["clientID"], "client-proofs");
    assert.match(parameters["objects"]!, /objectName: "app-rotator"\n/);
  });

  it("has as many connections as the budget keeps for the proofs", async () => {
    const { program } = await rotatorAt(2);
    const { connectionLimit, login } = program.find(TYPE.role, "rotator-role").inputs;
    assert.deepStrictEqual([connectionLimit, login], [PROOF_CONNECTIONS, true]);
  });
});
