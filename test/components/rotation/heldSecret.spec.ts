import assert from "node:assert";
import { heldSecret, HOLDS } from "../../../components/rotation/heldSecret";
import { SHAPE, rotationEnvironment } from "../../support/rotationEnvironment";
import { MockProgram, valueOf } from "../../../mocks/mocks";
import * as pulumi from "@pulumi/pulumi";

const VERSION = "01234567890123456789012345678901";
const NAME = "app-blue-4-abcdef-01234567";
const TYPE = {
  account: "kubernetes:core/v1:ServiceAccount",
  mount: "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
  holder: "kubernetes:apps/v1:Deployment",
} as const;

interface Pod {
  readonly containers: readonly Record<string, unknown>[];
  readonly volumes: readonly Record<string, unknown>[];
  readonly [field: string]: unknown;
}

interface Deployment {
  readonly metadata: Record<string, unknown>;
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: {
      readonly metadata: { labels: Record<string, string> };
      readonly spec: Pod;
    };
  };
}

describe("heldSecret", () => {
  let program: MockProgram;
  let name: string;
  let deployment: Deployment;

  before(async () => {
    program = await MockProgram.start();
    const parent = new pulumi.ComponentResource("test:index:Slot", "slot");
    const { mount } = heldSecret(
      "slot",
      {
        environment: rotationEnvironment(),
        slot: "blue",
        called: (version) => `app-blue-4-abcdef-${version.slice(0, 8)}`,
        clientId: "client",
        secretName: "app-blue",
        version: VERSION,
        generation: 4,
        secretKeys: ["PGPASSWORD", "db-password"],
      },
      { parent, deleteBeforeReplace: true },
    );
    await program.drained();
    name = await valueOf(mount);
    deployment = program.find(TYPE.holder, "slot-holder").inputs as unknown as Deployment;
  });

  it("has the driver write a Secret of the class's own name, each key with the file", () => {
    const { inputs } = program.find(TYPE.mount, "slot-mount");
    const { metadata, spec } = inputs as {
      metadata: object;
      spec: { secretObjects: unknown };
    };
    assert.deepStrictEqual(metadata, {
      name: NAME,
      namespace: "app",
      labels: { "rotation/generation": "4" },
    });
    assert.deepStrictEqual(spec.secretObjects, [
      {
        secretName: NAME,
        type: "Opaque",
        data: [
          { objectName: "password", key: "PGPASSWORD" },
          { objectName: "password", key: "db-password" },
        ],
      },
    ]);
    assert.strictEqual(name, NAME);
  });

  it("holds it with one pod that mounts both, the Secret by each of its keys", () => {
    const { metadata, spec } = deployment;
    assert.deepStrictEqual([metadata["name"], spec.replicas], [`${NAME}-holder`, 1]);
    assert.deepStrictEqual(spec.template.spec.volumes, [
      {
        name: "vault",
        csi: {
          driver: "secrets-store.csi.k8s.io",
          readOnly: true,
          volumeAttributes: { secretProviderClass: NAME },
        },
      },
      {
        name: "secret",
        secret: {
          secretName: NAME,
          items: [
            { key: "PGPASSWORD", path: "PGPASSWORD" },
            { key: "db-password", path: "db-password" },
          ],
        },
      },
    ]);
    const [container] = spec.template.spec.containers;
    assert.deepStrictEqual(container!["volumeMounts"], [
      { name: "vault", mountPath: "/mnt/vault", readOnly: true },
      { name: "secret", mountPath: "/mnt/secret", readOnly: true },
    ]);
    assert.deepStrictEqual(
      [container!["args"], container!["env"], container!["ports"]],
      [["hold"], undefined, undefined],
    );
  });

  it("is no pod of a slot by its labels", () => {
    const { selector, template } = deployment.spec;
    assert.deepStrictEqual(template.metadata.labels, { [HOLDS]: NAME });
    assert.deepStrictEqual(selector.matchLabels, template.metadata.labels);
    const selectors = [SHAPE.slots.blue, SHAPE.slots.green].flatMap(({ pods }) => pods);
    assert.ok(selectors.every((each) => !each.includes(HOLDS)));
  });

  it("runs as an account of its own, which Kubernetes knows nothing of, and may do nothing", () => {
    const account = program.find(TYPE.account, "slot-holder").inputs;
    assert.deepStrictEqual(account["metadata"], { name: "app-holder-blue", namespace: "app" });
    const { spec } = deployment.spec.template;
    assert.deepStrictEqual(
      [spec["serviceAccountName"], spec["automountServiceAccountToken"], spec["securityContext"]],
      [
        "app-holder-blue",
        false,
        { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      ],
    );
    assert.deepStrictEqual(spec.containers[0]!["securityContext"], {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepStrictEqual(
      program.ofType("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"),
      [],
    );
  });

  it("replaces class and Deployment as the slot says", () => {
    for (const [type, what] of [
      [TYPE.mount, "slot-mount"],
      [TYPE.holder, "slot-holder"],
    ] as const) {
      assert.strictEqual(program.find(type, what).options.deleteBeforeReplace, true, what);
    }
  });
});
