import assert from "node:assert";
import type { RotationEnvironment } from "../../../components/rotation/environment";
import { Rotation } from "../../../components/rotation/rotation";
import { transition } from "../../../components/plan";
import { MockProgram, type Registration } from "../../../mocks/mocks";
import { rotationArgs, rotationEnvironment } from "../../support/rotationEnvironment";

/** Types as the engine names them. */
const TYPE = {
  account: "kubernetes:core/v1:ServiceAccount",
  binding: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  job: "kubernetes:batch/v1:Job",
  mount: "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
  password: "random:index/randomPassword:RandomPassword",
  release: "kubernetes:helm.sh/v3:Release",
  role: "kubernetes:rbac.authorization.k8s.io/v1:Role",
  secret: "azure-native:keyvault:Secret",
} as const;

interface Pod {
  readonly serviceAccountName: string;
  readonly containers: {
    readonly args: string[];
    readonly env: { name: string; value: string }[];
  }[];
  readonly volumes?: {
    readonly secret?: object;
    readonly csi?: { readonly volumeAttributes: { readonly secretProviderClass: string } };
  }[];
}

const environment = rotationEnvironment();
const RUN = transition(undefined, { counter: 0, live: 0, retired: -1 });

async function rotationAt(
  counter: number,
  live = counter,
  retired = -1,
  attempt = "first",
  proof: Partial<RotationEnvironment["proof"]> = {},
  others: Partial<Pick<RotationEnvironment, "actAs" | "delivery">> & {
    slots?: RotationEnvironment["release"]["shape"]["slots"];
  } = {},
) {
  const program = await MockProgram.start();
  // The way that traffic moves under this plan: a rotation, or a roll back.
  const before = live === counter ? counter - 1 : counter;
  const from = { counter: before, live: before, retired: Math.min(retired, before - 1) };
  const run = transition(from, { counter, live, retired });
  const { slots = environment.release.shape.slots, ...rest } = others;
  const shape = { ...environment.release.shape, slots };
  const trial = proof.by === "status" ? "none" : environment.release.trial;
  new Rotation(
    "rotation",
    rotationArgs(run, {
      attempt,
      environment: {
        ...environment,
        ...rest,
        proof: { ...environment.proof, ...proof },
        release: { ...environment.release, shape, trial },
      },
    }),
  );
  await program.drained();
  return program;
}

function podOf({ inputs }: Registration): Pod {
  return (inputs["spec"] as { template: { spec: Pod } }).template.spec;
}

function settingsOf(job: Registration): Record<string, string> {
  return Object.fromEntries(podOf(job).containers[0]!.env.map(({ name, value }) => [name, value]));
}

function proof(program: MockProgram, command: string): Registration {
  const found = program
    .ofType(TYPE.job)
    .filter((job) => podOf(job).containers[0]!.args[0] === command);
  assert.strictEqual(found.length, 1, `${found.length} proofs ${command}`);
  return found[0]!;
}

function nameOf({ inputs }: Registration): string {
  return (inputs["metadata"] as { name: string }).name;
}

/** The vault secret and the version behind a SecretProviderClass. */
function mounted(program: MockProgram, name: string): Record<string, string | undefined> {
  const found = program.ofType(TYPE.mount).find((mount) => nameOf(mount) === name);
  const { parameters } = found!.inputs["spec"] as { parameters: Record<string, string> };
  const part = (key: string) => new RegExp(`${key}: "(\\S*)"`).exec(parameters["objects"]!)?.[1];
  return {
    secret: part("objectName"),
    version: part("objectVersion"),
    clientId: parameters["clientID"],
  };
}

/** What a pod mounts, as `secret` read by an identity. */
function mountsOf(program: MockProgram, job: Registration): string[] {
  return (podOf(job).volumes ?? [])
    .flatMap(({ csi }) => csi?.volumeAttributes.secretProviderClass ?? [])
    .map((name) => mounted(program, name))
    .map(({ secret, clientId }) => `${secret} as ${clientId}`);
}

describe("Proofs", () => {
  let retiring: MockProgram;

  // Generation 2 is live in blue; generation 1, in green, is retired: all proofs of one run.
  before(async () => (retiring = await rotationAt(2, 2, 1)));

  it("proves each step of a retiring rotation once", () => {
    const commands = retiring.ofType(TYPE.job).map((job) => podOf(job).containers[0]!.args[0]);
    assert.deepStrictEqual(commands.sort(), [
      "after-promotion",
      "before-promotion",
      "drained",
      "refused",
      "rolled",
    ]);
  });

  it("gives every proof the identities that it needs, and no other secret", () => {
    const mounts = (command: string) => mountsOf(retiring, proof(retiring, command));
    assert.deepStrictEqual(mounts("before-promotion"), [
      "app-blue as client-blue",
      "app-rotator as client-proofs",
    ]);
    assert.deepStrictEqual(mounts("after-promotion"), ["app-blue as client-blue"]);
    assert.deepStrictEqual(mounts("drained"), ["app-rotator as client-proofs"]);
    assert.deepStrictEqual(mounts("refused"), [
      "app-retired as client-retired",
      "app-rotator as client-proofs",
    ]);
  });

  it("pins every mount to the version that the run has made", () => {
    const mounts = retiring.ofType(TYPE.mount).map((mount) => mounted(retiring, nameOf(mount)));
    for (const { secret, version } of mounts) {
      assert.match(version ?? "", /^[0-9a-f]{32}$/, secret);
    }
    assert.deepStrictEqual(mounts.map(({ secret }) => secret).sort(), [
      "app-blue",
      "app-retired",
      "app-rotator",
    ]);
    const job = proof(retiring, "before-promotion");
    const { SECRET_VERSION } = settingsOf(job);
    const [own] = (podOf(job).volumes ?? []).flatMap(({ csi }) => csi?.volumeAttributes ?? []);
    assert.strictEqual(mounted(retiring, own!.secretProviderClass)["version"], SECRET_VERSION);
  });

  it("tries the credential by what the slot's own pods mount", () => {
    const [own] = podOf(proof(retiring, "before-promotion")).volumes ?? [];
    const { values } = retiring.find(TYPE.release, "rotation-blue-release").inputs as {
      values: { secret: { providerClass: string } };
    };
    assert.strictEqual(own?.csi?.volumeAttributes.secretProviderClass, values.secret.providerClass);
  });

  it("tries the very Secret that the slot's pods read, by the key with the password alone", async () => {
    const keys = { uri: "postgresql://${role}:${password}@${host}/x", PGPASSWORD: "${password}" };
    const delivery = { by: "secret", keys } as const;
    const program = await rotationAt(2, 2, -1, "first", {}, { delivery });
    const delivered = program.find("kubernetes:core/v1:Secret", "rotation-blue-delivered");
    for (const command of ["before-promotion", "after-promotion"]) {
      const job = proof(program, command);
      assert.deepStrictEqual(podOf(job).volumes?.[0]?.secret, {
        secretName: nameOf(delivered),
        items: [{ key: "PGPASSWORD", path: "password" }],
      });
      assert.strictEqual(settingsOf(job)["PASSWORD_FILE"], "/mnt/slot/password");
      assert.ok(program.comesAfter(job, delivered), command);
    }
    const { CREDENTIAL } = settingsOf(proof(program, "rolled"));
    assert.strictEqual(CREDENTIAL, `Secret/${nameOf(delivered)}`);
  });

  it("reads the file that the slot's own pods mount, whatever it is called", async () => {
    const delivery = { by: "file", fileName: "db.password" } as const;
    const program = await rotationAt(2, 2, 1, "first", {}, { delivery });
    for (const command of ["before-promotion", "after-promotion"]) {
      const { PASSWORD_FILE } = settingsOf(proof(program, command));
      assert.strictEqual(PASSWORD_FILE, "/mnt/slot/db.password");
    }
    const { PASSWORD_FILE } = settingsOf(proof(program, "refused"));
    assert.strictEqual(PASSWORD_FILE, "/mnt/retired/password");
  });

  it("looks as whom sessions act only where that is somebody else", async () => {
    const program = await rotationAt(2, 2, 1, "first", {}, { actAs: "owner" });
    const { ACT_AS_ROLE } = settingsOf(proof(program, "before-promotion"));
    assert.strictEqual(ACT_AS_ROLE, "app_owner");
    const own = settingsOf(proof(retiring, "before-promotion"));
    assert.ok(!("ACT_AS_ROLE" in own));
  });

  it("tries the credential of the retired slot, and no other, for the refusal", () => {
    const value = (name: string) =>
      (retiring.find(TYPE.secret, name).inputs["properties"] as { value: string }).value;
    assert.strictEqual(value("rotation-proof-retired"), value("rotation-green-secret"));
    const { ROLE, PASSWORD_FILE } = settingsOf(proof(retiring, "refused"));
    assert.deepStrictEqual([ROLE, PASSWORD_FILE], ["app_green", "/mnt/retired/password"]);
  });

  it("keeps what never changes there meanwhile, so that no preview announces another version of it", async () => {
    const program = await rotationAt(3);
    const { properties } = program.find(TYPE.secret, "rotation-proof-retired").inputs;
    const standby = program.find(TYPE.secret, "rotation-blue-secret").inputs["properties"];
    const expiresOf = (of: unknown) =>
      (of as { attributes: { expires: number } }).attributes.expires;
    assert.strictEqual(expiresOf(properties), Date.parse("2038-01-01T00:00:00Z") / 1000);
    assert.notStrictEqual(expiresOf(properties), expiresOf(standby));
  });

  it("keeps no password of a slot where the proofs can read it while none is retired", async () => {
    const program = await rotationAt(2);
    const { properties } = program.find(TYPE.secret, "rotation-proof-retired").inputs;
    assert.strictEqual((properties as { value: string }).value, "none");
  });

  it("puts no secret into a setting", () => {
    const secrets = retiring
      .ofType(TYPE.secret)
      .map(({ inputs }) => (inputs["properties"] as { value: string }).value);
    for (const job of retiring.ofType(TYPE.job)) {
      assert.deepStrictEqual(job.secretInputs, [], job.name);
      const text = JSON.stringify(job.inputs);
      assert.ok(!secrets.some((secret) => text.includes(secret)), job.name);
    }
  });

  it("gives the proof after promotion no password where answers only describe themselves", async () => {
    const program = await rotationAt(2, 2, 1, "first", { by: "description" });
    const job = proof(program, "after-promotion");
    assert.deepStrictEqual(mountsOf(program, job), []);
    const { PASSWORD_FILE, PROOF_BY } = settingsOf(job);
    assert.deepStrictEqual([PASSWORD_FILE, PROOF_BY], [undefined, "description"]);
    const { values } = program.find(TYPE.release, "rotation-blue-release").inputs as {
      values: { describe: boolean };
    };
    assert.strictEqual(values.describe, true);
  });

  it("asks for answers that prove the credential, and has pods describe nothing, by default", () => {
    for (const command of ["before-promotion", "after-promotion"]) {
      const { PASSWORD_FILE, PROOF_BY } = settingsOf(proof(retiring, command));
      assert.deepStrictEqual([PASSWORD_FILE, PROOF_BY], ["/mnt/slot/password", "credential"]);
    }
    const { values } = retiring.find(TYPE.release, "rotation-blue-release").inputs as {
      values: { describe: boolean };
    };
    assert.strictEqual(values.describe, false);
  });

  describe("by status", () => {
    let byStatus: MockProgram;

    before(async () => {
      byStatus = await rotationAt(2, 2, 1, "first", {
        by: "status",
        path: "/home",
        statuses: [200, 204],
      });
    });

    it("tells the proofs what to ask for, and what the slot's pods have to read", () => {
      const mount = nameOf(byStatus.find(TYPE.mount, "rotation-blue-mount"));
      const before = settingsOf(proof(byStatus, "before-promotion"));
      assert.deepStrictEqual(
        [before["PROOF_BY"], before["PROOF_PATH"], before["PROOF_STATUS"], before["CREDENTIAL"]],
        ["status", "/home", "200,204", `SecretProviderClass/${mount}`],
      );
    });

    it("has the proof after promotion log in, and look where the Ingress leads to", () => {
      const job = proof(byStatus, "after-promotion");
      assert.deepStrictEqual(mountsOf(byStatus, job), ["app-blue as client-blue"]);
      const settings = settingsOf(job);
      assert.deepStrictEqual(
        ["INGRESS", "SERVICE", "NAMESPACE", "PROOF_PATH", "PROOF_STATUS", "PASSWORD_FILE"].map(
          (name) => settings[name],
        ),
        ["app", "app-blue", "app", "/home", "200,204", "/mnt/slot/password"],
      );
      assert.deepStrictEqual(
        ["PGHOST", "PGPORT", "PGDATABASE", "ROLE", "ROTATOR_USER"].map((name) => settings[name]),
        ["psql.example.invalid", "5432", "app", "app_blue", undefined],
      );
      const { template } = job.inputs["spec"] as {
        template: { metadata: { labels: Record<string, string> } };
      };
      assert.deepStrictEqual(Object.keys(template.metadata.labels).sort(), [
        "rotation/asks-cluster",
        "rotation/asks-gateway",
      ]);
    });

    it("lets that proof read that Ingress and nothing else of the cluster", () => {
      const role = byStatus.find(TYPE.role, "rotation-proof-answers");
      assert.deepStrictEqual(role.inputs["rules"], [
        {
          apiGroups: ["networking.k8s.io"],
          resources: ["ingresses"],
          resourceNames: ["app"],
          verbs: ["get"],
        },
      ]);
      const binding = byStatus.find(TYPE.binding, "rotation-proof-answers");
      const { subjects } = binding.inputs as { subjects: { name: string }[] };
      assert.deepStrictEqual(
        subjects.map(({ name }) => name),
        ["app-answers-blue", "app-answers-green"],
      );
      assert.ok(byStatus.comesAfter(proof(byStatus, "after-promotion"), binding));
    });

    it("asks for / and takes 200 unless told otherwise", async () => {
      const program = await rotationAt(2, 2, 1, "first", { by: "status" });
      const { PROOF_PATH, PROOF_STATUS } = settingsOf(proof(program, "after-promotion"));
      assert.deepStrictEqual([PROOF_PATH, PROOF_STATUS], ["/", "200"]);
    });

    it("is a setting of nobody else's", () => {
      const { PROOF_PATH, CREDENTIAL } = settingsOf(proof(retiring, "before-promotion"));
      const { INGRESS, PGHOST } = settingsOf(proof(retiring, "after-promotion"));
      assert.deepStrictEqual(
        [PROOF_PATH, CREDENTIAL, INGRESS, PGHOST],
        [undefined, undefined, undefined, undefined],
      );
    });
  });

  it("takes Deployments, pods and Service of a chart of somebody else", async () => {
    const shape = (slot: string) => ({
      service: { name: `${slot}-web`, port: 8000 },
      deployment: `${slot}-server`,
      workers: [`${slot}-worker`],
      container: "web",
      account: slot,
      pods: [`app=${slot}-server`, `app=${slot}-worker,tier=back`],
    });
    const slots = { blue: shape("b"), green: shape("g") };
    const program = await rotationAt(2, 2, 1, "first", { by: "status" }, { slots });
    const before = settingsOf(proof(program, "before-promotion"));
    const drained = settingsOf(proof(program, "drained"));
    assert.deepStrictEqual(
      [before["DEPLOYMENT"], before["POD_SELECTORS"], drained["POD_SELECTORS"]],
      ["b-server", "app=b-server\napp=b-worker,tier=back", "app=g-server\napp=g-worker,tier=back"],
    );
    assert.strictEqual(settingsOf(proof(program, "rolled"))["DEPLOYMENT"], "b-server");
    assert.strictEqual(settingsOf(proof(program, "after-promotion"))["SERVICE"], "b-web");
    const { rules } = program.find(TYPE.role, "rotation-proof-pods").inputs as {
      rules: { resourceNames?: string[] }[];
    };
    assert.deepStrictEqual(rules[1]!.resourceNames, ["b-server", "g-server"]);
  });

  it("lets each proof ask those whom it has to ask, and nobody else", () => {
    const asks = (command: string) => {
      const { template } = proof(retiring, command).inputs["spec"] as {
        template: { metadata?: { labels: Record<string, string> } };
      };
      return Object.keys(template.metadata?.labels ?? {});
    };
    assert.deepStrictEqual(asks("rolled"), ["rotation/asks-cluster"]);
    assert.deepStrictEqual(asks("before-promotion"), [
      "rotation/asks-cluster",
      "rotation/asks-gateway",
    ]);
    assert.deepStrictEqual(asks("after-promotion"), ["rotation/asks-gateway"]);
    assert.deepStrictEqual(asks("drained"), ["rotation/asks-cluster"]);
    assert.deepStrictEqual(asks("refused"), []);
  });

  it("acts as a service account of its own", () => {
    const account = (command: string) => podOf(proof(retiring, command)).serviceAccountName;
    assert.strictEqual(account("before-promotion"), "app-proof-blue");
    assert.strictEqual(account("after-promotion"), "app-answers-blue");
    assert.strictEqual(account("rolled"), "app-rolled");
    assert.strictEqual(account("drained"), "app-drained");
    assert.strictEqual(account("refused"), "app-refused");
    for (const { name, inputs } of retiring.ofType(TYPE.account)) {
      assert.strictEqual(inputs["automountServiceAccountToken"], false, name);
    }
  });

  it("lets proofs look at pods and both Deployments, and one service account scale these, and no more", () => {
    const may = (name: string) => {
      const binding = retiring.find(TYPE.binding, name);
      const { subjects } = binding.inputs as { subjects: { name: string; namespace: string }[] };
      const { rules } = retiring.find(TYPE.role, name).inputs;
      return { rules, who: subjects.map((each) => `${each.namespace}/${each.name}`) };
    };
    const both = { apiGroups: ["apps"], resourceNames: ["app-blue", "app-green"] };
    const look = [
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
      { ...both, resources: ["deployments"], verbs: ["get"] },
    ];
    assert.deepStrictEqual(may("rotation-proof-pods"), {
      rules: look,
      who: ["app/app-proof-blue", "app/app-proof-green", "app/app-rolled"],
    });
    assert.deepStrictEqual(may("rotation-proof-vacator"), {
      rules: [
        ...look,
        { ...both, resources: ["deployments/scale"], verbs: ["patch"] },
        {
          apiGroups: ["secrets-store.csi.x-k8s.io"],
          resources: ["secretproviderclasses"],
          verbs: ["get"],
        },
      ],
      who: ["app/app-vacator"],
    });
    assert.deepStrictEqual(may("rotation-proof-drained"), {
      rules: [look[0]],
      who: ["app/app-drained"],
    });
    assert.strictEqual(
      retiring.ofType(TYPE.role).length,
      3,
      "the others ask nobody in the cluster",
    );
    const binding = retiring.find(TYPE.binding, "rotation-proof-pods");
    for (const command of ["rolled", "before-promotion"]) {
      assert.ok(retiring.comesAfter(proof(retiring, command), binding), command);
    }
    const list = retiring.find(TYPE.binding, "rotation-proof-drained");
    assert.ok(retiring.comesAfter(proof(retiring, "drained"), list));
  });

  it("empties a slot without any secret, as the one service account that may scale it", async () => {
    const program = await MockProgram.start();
    const run = transition(
      { counter: 1, live: 1, retired: -1 },
      { counter: 2, live: 2, retired: -1 },
    );
    new Rotation(
      "rotation",
      rotationArgs(run, { kept: { trial: undefined, vacates: true, cutsOff: false } }),
    );
    await program.drained();
    const job = proof(program, "vacated");
    assert.deepStrictEqual(mountsOf(program, job), []);
    assert.strictEqual(podOf(job).serviceAccountName, "app-vacator");
    const { DEPLOYMENT, GENERATION, POD_SELECTORS, SECRET_NAME } = settingsOf(job);
    assert.deepStrictEqual(
      [DEPLOYMENT, GENERATION, POD_SELECTORS, SECRET_NAME],
      ["app-blue", "2", "app.kubernetes.io/instance=app-blue", "app-blue"],
    );
    // By which the proof knows what the pods of a Deployment hold.
    const labels = program.ofType(TYPE.mount).map(({ name, inputs }) => {
      const metadata = inputs["metadata"] as { labels?: Record<string, string> };
      return [name, metadata.labels?.["rotation/generation"]];
    });
    assert.deepStrictEqual(Object.fromEntries(labels), {
      "rotation-blue-mount": "2",
      "rotation-green-mount": "1",
      "app-retired": undefined,
      "app-rotator": undefined,
    });
  });

  it("sees the live slot rolled, and asks production, again when settings change", () => {
    const [rolled, answered] = ["rolled", "after-promotion"].map((command) =>
      settingsOf(proof(retiring, command)),
    );
    assert.strictEqual(rolled!["SETTINGS"], rotationArgs(RUN).settings);
    assert.strictEqual(answered!["SETTINGS"], rotationArgs(RUN).settings);
    assert.deepStrictEqual(
      [rolled!["DEPLOYMENT"], rolled!["TEMPLATE"], rolled!["CREDENTIAL"]],
      [
        "app-blue",
        environment.release.template,
        `SecretProviderClass/${nameOf(retiring.find(TYPE.mount, "rotation-blue-mount"))}`,
      ],
    );
  });

  it("wants as many pods as the slot that serves has, and in an emergency those that are configured", async () => {
    const asked = (program: MockProgram) => {
      const { AS_MANY_AS, DEPLOYMENT } = settingsOf(proof(program, "before-promotion"));
      return [DEPLOYMENT, AS_MANY_AS];
    };
    assert.deepStrictEqual(asked(await rotationAt(2)), ["app-blue", "app-green"]);
    // With a busy pod its holder keeps an autoscaler at its most.
    assert.deepStrictEqual(asked(await rotationAt(2, 2, 1)), ["app-blue", "app-blue"]);
  });

  it("has every Job outlive the time that its proof takes to give up", () => {
    for (const job of retiring.ofType(TYPE.job)) {
      const { TIMEOUT_SECONDS, DRAIN_SECONDS } = settingsOf(job);
      const { activeDeadlineSeconds } = job.inputs["spec"] as { activeDeadlineSeconds: number };
      const own = Number(TIMEOUT_SECONDS ?? DRAIN_SECONDS ?? 0);
      // A new node takes minutes.
      assert.ok(activeDeadlineSeconds >= own + 600, `${job.name} has ${activeDeadlineSeconds} s`);
    }
  });

  it("asks the hosts and slots of the plan", () => {
    const before = settingsOf(proof(retiring, "before-promotion"));
    assert.deepStrictEqual(
      [before["STAGE_HOST"], before["SLOT"], before["GENERATION"], before["PGUSER"]],
      ["blue.example.invalid", "blue", "2", "app_blue"],
    );
    assert.deepStrictEqual(
      [before["OTHER_ROLE"], before["GROUP_ROLE"], before["CONNECTION_LIMIT"]],
      ["app_green", "app_rw", "417"],
    );
    const after = settingsOf(proof(retiring, "after-promotion"));
    assert.deepStrictEqual(
      [after["PRODUCTION_HOST"], after["PRODUCTION_URL"], after["SLOT"], after["ROLE"]],
      ["app.example.invalid", "https://203.0.113.10", "blue", "app_blue"],
    );
    const drained = settingsOf(proof(retiring, "drained"));
    assert.deepStrictEqual(
      [drained["POD_SELECTORS"], drained["ROLE"], drained["NAMESPACE"]],
      ["app.kubernetes.io/instance=app-green", "app_green", "app"],
    );
  });

  it("asks another address and trusts a further authority where the environment says so", async () => {
    const address = "rotation.azurefd.net";
    const authority = "-----BEGIN CERTIFICATE-----";
    const program = await rotationAt(2, 2, -1, "first", { address, authority });
    const job = proof(program, "after-promotion");
    const settings = settingsOf(job);
    assert.strictEqual(settings["PRODUCTION_URL"], `https://${address}`);
    assert.strictEqual(settings["PRODUCTION_HOST"], "app.example.invalid");
    assert.strictEqual(settings["NODE_EXTRA_CA_CERTS"], "/mnt/authority/authority.pem");
    const [configMap] = program.ofType("kubernetes:core/v1:ConfigMap");
    assert.deepStrictEqual(configMap!.inputs["data"], { "authority.pem": authority });
    assert.deepStrictEqual(podOf(job).volumes?.slice(1), [
      { name: "authority", configMap: { name: "app-proof-authority" } },
    ]);
    const plain = settingsOf(proof(retiring, "after-promotion"));
    assert.strictEqual(plain["NODE_EXTRA_CA_CERTS"], undefined);
  });

  it("ends leftover sessions only of a slot that takes traffic next", async () => {
    const leftovers = (program: MockProgram) =>
      settingsOf(proof(program, "before-promotion"))["END_LEFTOVERS"];
    assert.strictEqual(leftovers(await rotationAt(2)), "true");
    assert.strictEqual(leftovers(await rotationAt(2, 1)), "false");
  });

  it("proves every move anew, and production after every start", async () => {
    const names = (program: MockProgram) => program.ofType(TYPE.job).map(({ name }) => name);
    const seen = new Set<string>();
    for (const [counter, live] of [
      [1, 1],
      [2, 1],
      [2, 2],
    ] as const) {
      for (const name of names(await rotationAt(counter, live))) {
        assert.ok(!seen.has(name), name);
        seen.add(name);
      }
    }
    const asked = (program: MockProgram) => proof(program, "after-promotion").inputs;
    const first = asked(await rotationAt(2));
    assert.deepStrictEqual(asked(await rotationAt(2)), first);
    assert.notDeepStrictEqual(asked(await rotationAt(2, 2, -1, "second")), first);
  });
});
