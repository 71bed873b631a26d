import assert from "node:assert";
import { proofJob, type ProofJobArgs } from "../../../components/rotation/proofJob";
import { MockProgram, type Registration } from "../../../mocks/mocks";

interface JobSpec {
  readonly backoffLimit: number;
  readonly podFailurePolicy: object;
  readonly activeDeadlineSeconds: number;
  readonly template: {
    readonly metadata?: object;
    readonly spec: Readonly<Record<string, unknown>> & {
      readonly containers: Readonly<Record<string, unknown>>[];
      readonly volumes: Readonly<Record<string, unknown>>[];
    };
  };
}

async function jobOf(args: Partial<ProofJobArgs> = {}): Promise<Registration & { spec: JobSpec }> {
  const program = await MockProgram.start();
  proofJob(
    "proof",
    {
      command: "refused",
      namespace: "app",
      image: "tools:1",
      serviceAccount: "app-proof-blue",
      environment: { ROLE: "app_blue" },
      mounts: { retired: { secretProviderClass: "app-retired" } },
      asks: [],
      deadlineSeconds: 720,
      ...args,
    },
    {},
  );
  await program.drained();
  const job = program.find("kubernetes:batch/v1:Job", "proof");
  return { ...job, spec: job.inputs["spec"] as JobSpec };
}

describe("proofJob", () => {
  it("fits the restricted profile of the namespace", async () => {
    const { spec } = await jobOf();
    const pod = spec.template.spec;
    assert.deepStrictEqual(pod["securityContext"], {
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepStrictEqual(pod.containers[0]!["securityContext"], {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.strictEqual(pod.containers.length, 1);
  });

  it("tries once, and what failed is replaced by the next run", async () => {
    const { spec, inputs } = await jobOf();
    assert.strictEqual(spec.backoffLimit, 0);
    assert.strictEqual(spec.template.spec["restartPolicy"], "Never");
    const { annotations, name } = inputs["metadata"] as Record<string, object>;
    assert.deepStrictEqual(annotations, { "pulumi.com/replaceUnready": "true" });
    assert.strictEqual(name, undefined, "a name would collide with the Job it replaces");
  });

  it("gets another pod for one that the cluster took away", async () => {
    const { spec } = await jobOf();
    assert.deepStrictEqual(spec.podFailurePolicy, {
      rules: [
        { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      ],
    });
  });

  it("is waited for longer than it may run, so that its own failure is reported", async () => {
    const { spec, options } = await jobOf({ deadlineSeconds: 720 });
    assert.strictEqual(spec.activeDeadlineSeconds, 720);
    assert.ok(parseInt(options.customTimeouts.create) > 720, options.customTimeouts.create);
  });

  it("mounts the named secrets for reading, where the settings say that they are", async () => {
    const { spec } = await jobOf({
      mounts: {
        slot: { secretProviderClass: "app-proof" },
        rotator: { secretProviderClass: "app-rotator" },
      },
    });
    const pod = spec.template.spec;
    assert.deepStrictEqual(pod.containers[0]!["volumeMounts"], [
      { name: "slot", mountPath: "/mnt/slot", readOnly: true },
      { name: "rotator", mountPath: "/mnt/rotator", readOnly: true },
    ]);
    const csi = (secretProviderClass: string) => ({
      driver: "secrets-store.csi.k8s.io",
      readOnly: true,
      volumeAttributes: { secretProviderClass },
    });
    assert.deepStrictEqual(pod.volumes, [
      { name: "slot", csi: csi("app-proof") },
      { name: "rotator", csi: csi("app-rotator") },
    ]);
  });

  it("mounts one key of a Secret as a file, and nothing else of it", async () => {
    const items = [{ key: "PGPASSWORD", path: "password" }];
    const slot = { secret: "app-blue-4-01234567", items };
    const { spec } = await jobOf({ mounts: { slot } });
    assert.deepStrictEqual(spec.template.spec.containers[0]!["volumeMounts"], [
      { name: "slot", mountPath: "/mnt/slot", readOnly: true },
    ]);
    assert.deepStrictEqual(spec.template.spec.volumes, [
      {
        name: "slot",
        secret: { secretName: "app-blue-4-01234567", items },
      },
    ]);
  });

  it("acts as its service account, waits for no webhook, and has no token for Kubernetes", async () => {
    const { spec } = await jobOf();
    assert.strictEqual(spec.template.metadata, undefined, "the label would ask for the webhook");
    assert.strictEqual(spec.template.spec["serviceAccountName"], "app-proof-blue");
    assert.strictEqual(spec.template.spec["automountServiceAccountToken"], false);
    assert.ok(spec.template.spec.volumes.every((volume) => !("projected" in volume)));
  });

  it("gets a token of an hour and the CA when it asks the Kubernetes API", async () => {
    const { spec } = await jobOf({ mounts: {}, asks: ["cluster"] });
    assert.deepStrictEqual(spec.template.spec.volumes, [
      {
        name: "token",
        projected: {
          sources: [
            { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
            {
              configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] },
            },
          ],
        },
      },
    ]);
  });

  it("tells the network's policies whom it asks", async () => {
    const { spec } = await jobOf({ asks: ["cluster", "gateway"] });
    assert.deepStrictEqual(spec.template.metadata, {
      labels: { "rotation/asks-cluster": "true", "rotation/asks-gateway": "true" },
    });
  });

  it("passes the command as the argument and the settings as environment", async () => {
    const { spec } = await jobOf();
    const { args, env, image } = spec.template.spec.containers[0]!;
    assert.deepStrictEqual(
      [image, args, env],
      ["tools:1", ["refused"], [{ name: "ROLE", value: "app_blue" }]],
    );
  });
});
