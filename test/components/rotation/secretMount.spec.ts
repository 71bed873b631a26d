import assert from "node:assert";
import { parse } from "yaml";
import { secretMount } from "../../../components/rotation/secretMount";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";
import { rotationEnvironment } from "../../support/rotationEnvironment";

const VERSION = "0123456789abcdef0123456789abcdef";

async function mountOf(version = VERSION): Promise<{ mount: Registration; name: string }> {
  const program = await MockProgram.start();
  const name = secretMount(
    "app-proof",
    {
      environment: rotationEnvironment(),
      clientId: "client-blue",
      secretName: "app-blue",
      version,
    },
    {},
  );
  await program.drained();
  const type = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass";
  return { mount: program.find(type, "app-proof"), name: await valueOf(name) };
}

function parametersOf({ inputs }: Registration): Record<string, string> {
  return (inputs["spec"] as { parameters: Record<string, string> }).parameters;
}

describe("secretMount", () => {
  it("is found under its name in the application's namespace", async () => {
    const { mount, name } = await mountOf();
    assert.deepStrictEqual(mount.inputs["metadata"], { name: "app-proof", namespace: "app" });
    assert.strictEqual(name, "app-proof");
  });

  it("reads as one identity of one tenant from one vault", async () => {
    const { mount } = await mountOf();
    const { objects, ...rest } = parametersOf(mount);
    assert.ok(objects);
    assert.deepStrictEqual(rest, {
      // The workload identity, not the one of the node.
      usePodIdentity: "false",
      clientID: "client-blue",
      tenantId: "tenant",
      keyvaultName: "kv-app",
    });
  });

  it("mounts exactly one version of one secret, as the file that is read", async () => {
    const { mount } = await mountOf();
    const { array } = parse(parametersOf(mount)["objects"]!) as { array: string[] };
    assert.deepStrictEqual(
      array.map((text) => parse(text) as object),
      [
        {
          objectName: "app-blue",
          objectType: "secret",
          objectVersion: VERSION,
          objectAlias: "password",
        },
      ],
    );
  });

  it("holds no value", async () => {
    const { mount } = await mountOf();
    assert.deepStrictEqual(mount.secretInputs, []);
    assert.strictEqual("secretObjects" in (mount.inputs["spec"] as object), false);
  });
});
