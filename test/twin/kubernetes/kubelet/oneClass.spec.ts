import assert from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../../../../twin/kubernetes/api/objects";
import { as, isReady, type Pod } from "../../../../twin/kubernetes/api/types";
import { ask } from "../../../support/loopback";
import {
  deployment,
  isRolledOut,
  providerClass,
  TestCluster,
  web,
} from "../../../support/testCluster";

interface Credential {
  readonly user: string;
  readonly secret: string;
  readonly version: string;
}

const BLUE: Credential = { user: "app_blue", secret: "app-blue", version: "v7" };
const GREEN: Credential = { user: "app_green", secret: "app-green", version: "v8" };

const passwordOf = ({ secret, version }: Credential) => `password ${version} of ${secret}`;

/** What PostgreSQL would say: a role has its own password, and both may log in. */
function login(user: string | undefined, password: string | undefined): "in" | "28P01" {
  const credential = [BLUE, GREEN].find((each) => each.user === user);
  return credential && passwordOf(credential) === password ? "in" : "28P01";
}

/**
 * A Deployment rolls from one credential to the other, and stops half-way: a new pod is not ready. The
 * user is in the pods' template, the password in a file. What each pod has then shows whether the
 * twin tells a mount of its own for each credential from one that is edited in place.
 */
describe("pods in the middle of a rollout to another credential", function () {
  this.timeout(30_000);
  let test: TestCluster;

  beforeEach(async () => {
    test = await TestCluster.start(
      {},
      { classLagSeconds: 0, republishSeconds: 0.1, pollSeconds: 0.1 },
    );
    test.readSecret = ({ secretName: secret, version }) =>
      Promise.resolve({ value: passwordOf({ user: "", secret, version }), version });
  });

  afterEach(() => test.stop());

  const makeClass = (name: string, { secret, version }: Credential) =>
    test.cluster.apply(providerClass(name, secret, version));

  const csi = (secretProviderClass: string) => ({
    driver: "secrets-store.csi.k8s.io",
    readOnly: true,
    volumeAttributes: { secretProviderClass },
  });

  /** The application with a credential; it is ready when the file is there. */
  const roll = ({ user }: Credential, className: string, environment = {}) =>
    test.cluster.apply(
      deployment(
        "app",
        {
          ...web({ PGUSER: user, PASSWORD_FILE: "/mnt/secrets/password", ...environment }),
          volumeMounts: [{ name: "secrets", mountPath: "/mnt/secrets" }],
        },
        {
          strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          pod: { volumes: [{ name: "secrets", csi: csi(className) }] },
        },
      ),
    );

  const running = () => test.pods().filter(({ metadata }) => !metadata.deletionTimestamp);

  const loginOf = async (pod: KubeObject) => {
    const { body } = await ask(pod.status?.podIP as string, "pod", { port: 8080 });
    const { environment, password } = JSON.parse(body) as {
      environment: Record<string, string>;
      password?: string;
    };
    return `${environment.PGUSER}: ${login(environment.PGUSER, password)}`;
  };
  const loginsOf = (pods: readonly KubeObject[]) => Promise.all(pods.map(loginOf));

  /** Pods of the first credential, whose successor has mounted its own and is not ready. */
  const halfway = async (className: string) => {
    const old = running();
    const started = join(test.directory, "started");
    await roll(GREEN, className, { READY_FILE: started });
    const names = new Set(old.map(({ metadata }) => metadata.name));
    await test.untilMounted(
      ({ podName, objects }) => !names.has(podName) && objects[0]?.version === GREEN.version,
    );
    return { old, finish: () => writeFileSync(started, "") };
  };

  it("have the other one's password, and their own user, where one class serves both", async () => {
    await makeClass("app", BLUE);
    await roll(BLUE, "app");
    await test.until("Deployment", "app", isRolledOut);
    assert.deepStrictEqual(await loginsOf(running()), ["app_blue: in"]);
    await makeClass("app", GREEN);
    const { old } = await halfway("app");
    const [name] = old.map(({ metadata }) => metadata.name);
    await test.untilMounted(
      ({ podName, objects }) => podName === name && objects[0]?.version === GREEN.version,
    );
    assert.deepStrictEqual(await loginsOf(old), ["app_blue: 28P01"]);
    // Nothing that the cluster says tells it.
    const ready = test.pods().filter((pod) => isReady(as<Pod>(pod)));
    assert.deepStrictEqual(
      ready.map(({ metadata }) => metadata.name),
      [name],
    );
  });

  it("have their own where each version has a class of its own", async () => {
    await makeClass("app-blue-v7", BLUE);
    await roll(BLUE, "app-blue-v7");
    await test.until("Deployment", "app", isRolledOut);
    await makeClass("app-green-v8", GREEN);
    const { old, finish } = await halfway("app-green-v8");
    const { promise: again, resolve } = Promise.withResolvers<void>();
    const read = test.readSecret;
    test.readSecret = (request) => {
      if (request.secretName === BLUE.secret) {
        resolve();
      }
      return read(request);
    };
    await again;
    assert.deepStrictEqual(await loginsOf(old), ["app_blue: in"]);
    finish();
    await test.until("Deployment", "app", isRolledOut);
    assert.deepStrictEqual(await loginsOf(running()), ["app_green: in"]);
  });
});
