import assert from "node:assert";
import { mkdtempSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { as, type Pod, type Volume } from "../../../../twin/kubernetes/api/types";
import { ObjectStore } from "../../../../twin/kubernetes/api/store";
import {
  ClassCache,
  mountSecrets,
  refreshSecrets,
  type CsiDriver,
} from "../../../../twin/kubernetes/kubelet/csi";
import { NAMESPACE, objectOf } from "../../../support/testCluster";

const SECRETS_STORE = "secrets-store.csi.x-k8s.io/v1";
const POLL_SECONDS = 120;

/** What the driver makes of the kubelet's calls for a pod that runs (`NodePublishVolume`, v1.6.0). */
describe("a mount of the secrets driver twin", () => {
  const folder = mkdtempSync(join(tmpdir(), "mount-"));
  const store = new ObjectStore();
  const classes = new ClassCache(store, 0);
  let version = "v1";
  let reads = 0;
  const driver: CsiDriver = {
    store,
    classes,
    issuer: "https://issuer.example/",
    pollSeconds: POLL_SECONDS,
    secrets: {
      read: () => {
        reads++;
        return version === ""
          ? Promise.reject(new Error("SecretDisabled"))
          : Promise.resolve({ value: `value of ${version}`, version });
      },
    },
  };
  const pod = as<Pod>(objectOf("v1", "Pod", "web-0", { spec: {} }, { uid: "1" }));
  const volume: Volume = {
    name: "secrets",
    csi: {
      driver: "secrets-store.csi.k8s.io",
      volumeAttributes: { secretProviderClass: "web" },
    },
  };
  const objects =
    "array:\n  - |\n    objectName: app\n    objectType: secret\n    objectAlias: password\n";
  const parameters = { clientID: "c", keyvaultName: "v", tenantId: "t", objects };

  before(async () => {
    store.put(pod as never);
    store.put(
      objectOf(SECRETS_STORE, "SecretProviderClass", "web", {
        spec: { provider: "azure", parameters },
      }),
    );
    while (classes.get(NAMESPACE, "web") === undefined) {
      await setTimeout(1);
    }
    await mountSecrets(driver, pod, volume, folder);
  });

  beforeEach(() => {
    reads = 0;
  });

  after(() => {
    classes.stop();
    rmSync(folder, { recursive: true });
  });

  const passSeconds = (seconds: number) => {
    const then = Date.now() / 1000 - seconds;
    utimesSync(folder, then, then);
  };
  const refresh = () => refreshSecrets(driver, pod, volume, folder);
  const password = () => readFileSync(join(folder, "password"), "utf8");
  const mountedVersions = () =>
    store
      .list({ apiVersion: SECRETS_STORE, kind: "SecretProviderClassPodStatus" }, NAMESPACE)
      .map(({ status }) => (status?.objects as { version: string }[])[0]?.version);

  it("is not read again before it has been as it is for the poll interval", async () => {
    version = "v2";
    passSeconds(POLL_SECONDS - 5);
    await refresh();
    assert.deepStrictEqual([reads, password()], [0, "value of v1"]);
  });

  it("is read each time after that, and is as old as its last change", async () => {
    version = "v1";
    passSeconds(POLL_SECONDS + 5);
    await refresh();
    await refresh();
    assert.deepStrictEqual([reads, password()], [2, "value of v1"]);
  });

  it("begins anew when it changes, with the status after the files", async () => {
    version = "v2";
    const written: string[] = [];
    const unwatch = store.watch(() => written.push(password()));
    await refresh();
    unwatch();
    assert.deepStrictEqual([written, mountedVersions()], [["value of v2"], ["v2"]]);
    version = "v3";
    await refresh();
    assert.deepStrictEqual([reads, password()], [1, "value of v2"]);
  });

  it("stays as it is, and its status with it, when it cannot be read", async () => {
    version = "";
    passSeconds(POLL_SECONDS + 5);
    await assert.rejects(refresh(), /SecretDisabled/);
    assert.deepStrictEqual([password(), mountedVersions()], ["value of v2", ["v2"]]);
  });
});
