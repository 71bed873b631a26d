import assert from "node:assert";
import type * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { secretMount, type SecretMountArgs } from "../../../components/rotation/secretMount";
import { MockProgram, type Registration, valueOf } from "../../../mocks/mocks";
import { rotationEnvironment } from "../../support/rotationEnvironment";

/** As YAML without quotes it would be a number. */
const VERSION = "01234567890123456789012345678901";

async function mountOf(
  version = VERSION,
  own: Partial<SecretMountArgs> = {},
  opts: pulumi.CustomResourceOptions = {},
): Promise<{ mount: Registration; name: string }> {
  const program = await MockProgram.start();
  const { metadata } = secretMount(
    "mount",
    {
      environment: rotationEnvironment(),
      clientId: "client-blue",
      secretName: "app-blue",
      version,
      ...own,
    },
    opts,
  );
  await program.drained();
  const type = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass";
  return { mount: program.find(type, "mount"), name: await valueOf(metadata.name) };
}

function parametersOf({ inputs }: Registration): Record<string, string> {
  return (inputs["spec"] as { parameters: Record<string, string> }).parameters;
}

describe("secretMount", () => {
  it("bears the version in its name, so that no pod can mount another one under it", async () => {
    const { mount, name } = await mountOf();
    const metadata = { name: "app-blue-01234567", namespace: "app" };
    assert.deepStrictEqual(mount.inputs["metadata"], metadata);
    assert.strictEqual(name, metadata.name);
    assert.strictEqual((await mountOf("f".repeat(32))).name, "app-blue-ffffffff");
  });

  it("goes before its successor comes, not at the end of a run, when the slot serves", async () => {
    const { mount } = await mountOf();
    assert.strictEqual(mount.options.deleteBeforeReplace, true);
  });

  it("stays until its successor is there where a slot may be serving", async () => {
    const { mount } = await mountOf(VERSION, {}, { deleteBeforeReplace: false });
    assert.strictEqual(mount.options.deleteBeforeReplace, false);
  });

  it("stays until its successor is there where the driver writes Secrets, as pods that have ended name it", async () => {
    const environment = rotationEnvironment({ delivery: { by: "secret", from: "vault" } });
    const { mount } = await mountOf(VERSION, { environment });
    assert.strictEqual(mount.options.deleteBeforeReplace, false);
  });

  it("calls the file as it is told, also where YAML would read a number", async () => {
    const { mount, name } = await mountOf(VERSION, {
      fileName: "1e3",
      called: (version) => `app-blue-other-${version.slice(0, 8)}`,
    });
    const { array } = parse(parametersOf(mount)["objects"]!) as { array: string[] };
    const [alias] = array.map((text) => (parse(text) as { objectAlias: unknown }).objectAlias);
    assert.strictEqual(alias, "1e3");
    assert.strictEqual(name, "app-blue-other-01234567");
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
