import assert from "node:assert";
import { statSync } from "node:fs";
import type { KubeObject } from "../../../../twin/kubernetes/api/objects";
import { ask } from "../../../support/loopback";
import { deployment, isRolledOut, NAMESPACE, TestCluster, web } from "../../../support/testCluster";

const NAME = "app-blue-4-01234567";

interface Answer {
  readonly environment: Record<string, string>;
  readonly password?: string;
}

describe("a pod that gets its credential from a Secret", function () {
  this.timeout(30_000);
  let test: TestCluster;

  beforeEach(async () => {
    test = await TestCluster.start();
    await test.create("v1", "Secret", NAME, {
      immutable: true,
      stringData: { PGPASSWORD: "correct horse", uri: "postgresql://app:correct horse@db" },
    });
  });

  afterEach(() => test.stop());

  const secret = { apiVersion: "v1", kind: "Secret", namespace: NAMESPACE, name: NAME };
  const pods = { apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name: "web" };

  const mounting = (volume: object, more: object = {}) =>
    deployment(
      "web",
      {
        ...web({ PASSWORD_FILE: "/mnt/secrets/password" }),
        volumeMounts: [{ name: "secrets", mountPath: "/mnt/secrets" }],
        ...more,
      },
      { pod: { volumes: [{ name: "secrets", ...volume }] } },
    );

  const reading = () => {
    const container = web();
    const env = container.env as object[];
    const from = { secretKeyRef: { name: NAME, key: "PGPASSWORD" } };
    return deployment("web", {
      ...container,
      env: [...env, { name: "PGPASSWORD", valueFrom: from }],
    });
  };

  const answerOf = async (pod: KubeObject | undefined) => {
    assert.ok(pod);
    const { body } = await ask(pod.status?.podIP as string, "pod", { port: 8080 });
    return JSON.parse(body) as Answer;
  };

  const waitingOf = (pod: KubeObject) => {
    const statuses = (pod.status?.containerStatuses ?? []) as {
      state: { waiting?: { reason: string; message?: string } };
    }[];
    return statuses[0]?.state.waiting;
  };

  it("mounts the keys that it names under their paths, with their modes, and no others", async () => {
    const items = [
      { key: "PGPASSWORD", path: "password", mode: 0o400 },
      { key: "uri", path: "url/of/database" },
    ];
    await test.cluster.apply(mounting({ secret: { secretName: NAME, items, defaultMode: 0o440 } }));
    await test.until("Deployment", "web", isRolledOut);
    const { environment, password } = await answerOf(test.pods()[0]);
    assert.strictEqual(password, "correct horse");
    const file = environment.PASSWORD_FILE!;
    assert.strictEqual(statSync(file).mode & 0o777, 0o400);
    const other = file.replace(/password$/, "url/of/database");
    assert.strictEqual(statSync(other).mode & 0o777, 0o440);
    assert.throws(() => statSync(file.replace(/password$/, "PGPASSWORD")), /ENOENT/);
  });

  it("mounts every key as a file that all may read, unless it is told otherwise", async () => {
    await test.create("v1", "Secret", "all", { stringData: { password: "battery staple" } });
    await test.cluster.apply(mounting({ secret: { secretName: "all" } }));
    await test.until("Deployment", "web", isRolledOut);
    const { environment, password } = await answerOf(test.pods()[0]);
    assert.strictEqual(password, "battery staple");
    assert.strictEqual(statSync(environment.PASSWORD_FILE!).mode & 0o777, 0o644);
  });

  it("does not start where the Secret lacks a key, unless that is optional", async () => {
    const items = [{ key: "PASSWORT", path: "password" }];
    await test.cluster.apply(mounting({ secret: { secretName: NAME, items } }));
    await test.journal.seen("mount failed");
    assert.match(
      test.cluster.events(pods).join(),
      /MountVolume\.SetUp failed for volume "secrets" : references non-existent secret key: PASSWORT/,
    );
    await test.cluster.apply(mounting({ secret: { secretName: NAME, items, optional: true } }));
    await test.until("Deployment", "web", isRolledOut);
  });

  it("goes on when the Secret is deleted, and its successor waits until there is one again", async () => {
    await test.cluster.apply(reading());
    await test.until("Deployment", "web", isRolledOut);
    const [before] = test.pods();
    await test.cluster.delete(secret, { propagation: "Background" });
    assert.strictEqual(test.cluster.get(secret), undefined);
    assert.strictEqual((await answerOf(before)).environment.PGPASSWORD, "correct horse");
    await test.cluster.delete(
      { ...pods, apiVersion: "v1", kind: "Pod", name: before!.metadata.name },
      { propagation: "Background" },
    );
    const waiting = await test.untilPod(
      (pod) => waitingOf(pod)?.reason === "CreateContainerConfigError",
    );
    assert.strictEqual(waitingOf(waiting)?.message, `secret "${NAME}" not found`);
    await test.create("v1", "Secret", NAME, { stringData: { PGPASSWORD: "battery staple" } });
    await test.until("Deployment", "web", isRolledOut);
    const [after] = test.pods();
    assert.strictEqual(after?.metadata.name, waiting.metadata.name);
    assert.strictEqual((await answerOf(after)).environment.PGPASSWORD, "battery staple");
  });

  it("waits to mount a Secret that is not there", async () => {
    await test.cluster.delete(secret, { propagation: "Background" });
    await test.cluster.apply(mounting({ secret: { secretName: NAME } }));
    await test.journal.seen("mount failed");
    assert.match(
      test.cluster.events(pods).join(),
      new RegExp(`MountVolume\\.SetUp failed for volume "secrets" : secret "${NAME}" not found`),
    );
    assert.strictEqual(test.pods()[0]?.status?.phase, "Pending");
  });
});
