import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { recordDigest, settingsDifference } from "../../components/plan/settings";
import { PROFILES } from "../../components/platform/profiles";
import { loadSettings, type Settings } from "../../infra/config";
import { ADOPTED_KEYS } from "../../infra/adopted";
import { EXISTING_KEYS, NEW_KEYS } from "../../infra/platform";
import { MockProgram } from "../../mocks/mocks";
import { stackConfig } from "../../mocks/program";
import { ADOPTED_CONFIG, EXISTING_CONFIG, REFERENCE } from "../support/existingPlatform";
import { says } from "../support/says";
import { rehearsalImage } from "../../rehearsal/rig/images";

async function loadAny(
  changes: Record<string, string | undefined>,
  stack = "test",
): Promise<Settings> {
  const config = Object.fromEntries(
    Object.entries({ ...stackConfig("rehearsal"), ...prefixed(changes) }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  await MockProgram.start({ config, stack });
  return loadSettings();
}

/** Settings of a stack that makes its platform. */
async function load(changes: Record<string, string | undefined>, stack?: string) {
  const settings = await loadAny(changes, stack);
  assert.ok(settings.existing === undefined);
  return settings;
}

/** What the stack of rehearsals says of the platform that it makes. */
const OF_NEW = ["runnerNetwork", "stageRanges", "certificate", "adminGroupId", "adminGroupName"];
const WITHOUT_NEW = Object.fromEntries(
  [...OF_NEW, "grantSeconds"].map((key) => [key, undefined] as const),
);

/** Settings of the same stack on a platform that is there. */
async function loadExisting(changes: Record<string, string | undefined>) {
  const settings = await loadAny({ ...WITHOUT_NEW, ...EXISTING_CONFIG, ...changes });
  assert.ok(settings.existing !== undefined);
  return settings;
}

/** What takes the stack of rehearsals to profile dev. */
const DEV = { profile: "dev", runnerNetwork: undefined, deployerRanges: "203.0.113.7/32" };

function prefixed(keys: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [`rotation:${key}`, value]));
}

describe("the configuration", () => {
  it("reports every problem at once, with key, value and what is allowed", async () => {
    const wrong = {
      counter: "1.5",
      replicas: "-1",
      appImage: undefined,
      productionHost: "not a host",
      databaseVersion: "11",
      application: "Much-too-long-and-odd",
      egress: "10.20.0.0/24:6379, redis:6379",
      proofAddress: "https://gateway",
      proofAuthority: "a file",
    };
    await assert.rejects(load(wrong), ({ message }: Error) => {
      const expected = [
        /rotation:counter must be a whole number from 0 up, not "1.5"/,
        /rotation:egress must be .*ranges with a port .* not "redis:6379"/,
        /rotation:proofAddress must be an IP address or a host name, not "https:\/\/gateway"/,
        /rotation:proofAuthority must be a certificate as PEM text, not "a file"/,
        /rotation:replicas must be a whole number from 0 to 100, not "-1"/,
        /rotation:appImage is missing: .*pulumi config set rotation:appImage/,
        /rotation:productionHost must be a host name .*, not "not a host"/,
        /rotation:databaseVersion "11" is retired in Azure: use 17 or 18/,
        /rotation:application must be a lowercase letter/,
      ];
      assert.match(message, /stack test has 9 problems/);
      expected.forEach((pattern) => assert.match(message, pattern));
      return true;
    });
  });

  it("reports all that is wrong with a platform in one error, before anything is planned", async () => {
    const wrong = {
      profile: "production",
      location: "westus",
      gatewayRange: "10.60.8.0/26",
      podsRange: "10.60.0.0/16",
      databaseVersion: "13",
    };
    const program = await MockProgram.start({
      config: { ...stackConfig("prod"), ...(prefixed(wrong) as Record<string, string>) },
      stack: "a-name-that-goes-on-and-on-and-on-and-on-and-on",
    });
    const main = (await import("../../infra/index")) as unknown as { default(): Promise<unknown> };
    await assert.rejects(main.default(), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      const problems = error.message.split("\n").filter((line) => line.startsWith("  - "));
      for (const expected of [
        'rotation:profile must be one of dev, prod, not "production".',
        'rotation:location "westus" has no availability zones',
        "rotation:gatewayRange 10.60.8.0/26 is too small: /24 at least",
        "rotation:networkRange 10.60.0.0/16 and rotation:podsRange 10.60.0.0/16 overlap",
        'rotation:databaseVersion "13" is retired in Azure: use 17 or 18',
        'The cluster name "aks-app-a-name-that-goes-on-',
      ]) {
        const named = problems.filter((problem) => problem.startsWith(`  - ${expected}`));
        assert.strictEqual(named.length, 1, `${expected} in:\n${error.message}`);
      }
      return true;
    });
    assert.deepStrictEqual(
      program.registrations.filter(({ type }) => type !== "pulumi:pulumi:Stack"),
      [],
    );
  });

  it("guesses no profile: a wrong one has no problems that rest on it", async () => {
    const bare = { runnerNetwork: undefined, deployerRanges: undefined };
    for (const profile of ["production", undefined]) {
      await assert.rejects(load({ ...bare, profile }), ({ message }: Error) => {
        assert.match(
          message,
          /stack test has a problem:\n {2}- rotation:profile [^\n]+\nChange a value with `pulumi config set /,
        );
        return true;
      });
    }
  });

  it("says of every missing key how to set it", async () => {
    const missing = async (key: string, changes: Record<string, string | undefined>) =>
      assert.rejects(
        load({ ...changes, [key]: undefined }),
        new RegExp(
          `rotation:${key} is missing: .+\\. Set it with \`pulumi config set rotation:${key} `,
        ),
      );
    for (const key of ["profile", "location", "certificate", "adminGroupId", "alertEmail"]) {
      await missing(key, {});
    }
    await missing("runnerNetwork", {});
    await missing("deployerRanges", { profile: "dev", runnerNetwork: undefined });
  });

  it("takes an identity that previews only beside the one that runs `pulumi up`", async () => {
    const [deployerId, previewId] = ["2", "3"].map((digit) =>
      "8-4-4-4-12".replace(/\d+/g, (length) => digit.repeat(Number(length))),
    );
    const { deployer } = await load({ deployerId, previewId });
    assert.deepStrictEqual([deployer.objectId, deployer.previewId], [deployerId, previewId]);
    await assert.rejects(load({ previewId }), /rotation:deployerId is missing: the object id of/);
    await assert.rejects(load({ deployerId: "me" }), /rotation:deployerId must be the object id/);
  });

  it("asks in each profile for its own way in and has no place for the other", async () => {
    await assert.rejects(
      load({ deployerRanges: "203.0.113.7/32" }),
      /rotation:deployerRanges does not apply to profile prod.*rotation:runnerNetwork/,
    );
    await assert.rejects(
      load({ profile: "dev", deployerRanges: "203.0.113.7/32,10.0.0.0/24" }),
      /rotation:deployerRanges must be public ranges .*, not "10.0.0.0\/24"/,
    );
    const { deployer } = await load({
      profile: "dev",
      deployerRanges: "203.0.113.7/32, 20.1.0.0/16",
    });
    assert.deepStrictEqual(deployer.ranges, ["203.0.113.7/32", "20.1.0.0/16"]);
  });

  it("refuses a size that is no database server, or none that can be zone redundant", async () => {
    await assert.rejects(
      load({ databaseSize: "Standard_D3ds_v5" }),
      /rotation:databaseSize "Standard_D3ds_v5" is not a flexible server size/,
    );
    await assert.rejects(
      load({ databaseSize: "Standard_B2s" }),
      /rotation:databaseSize "Standard_B2s" is burstable and cannot be zone redundant/,
    );
  });

  it("takes what a run accepts as no setting: it may go with a move", async () => {
    const usual = await load({});
    const accepting = await load({ accept: "login, vault" });
    assert.deepStrictEqual([usual.accepted, accepting.accepted], [[], ["login", "vault"]]);
    assert.strictEqual(accepting.record, usual.record);
    await assert.rejects(
      load({ accept: "traffic" }),
      /rotation:accept must be a .*list of password, login, role, vault, replicas, image, unseen, settings, actAs, legacy, sessions, not "traffic"/,
    );
  });

  it("takes the profile's sizes where a stack has none of its own", async () => {
    assert.strictEqual((await load({})).database.size, PROFILES.prod.database.size);
    const own = await load({ databaseSize: "Standard_E2ds_v5" });
    assert.strictEqual(own.database.size, "Standard_E2ds_v5");
  });

  for (const stack of ["dev", "prod", "rehearsal"]) {
    it(`has nothing against stacks/Pulumi.${stack}.yaml`, async () => {
      await MockProgram.start({ config: stackConfig(stack), stack });
      assert.strictEqual(loadSettings().stack, stack);
    });
  }

  it("refuses numbers that are no plan", async () => {
    await assert.rejects(load({ counter: "5", live: "3" }), /rotation:live must be 5 or 4/);
    await assert.rejects(load({ counter: "5", retired: "5" }), /rotation:retired must be below/);
  });

  describe("of a strategy", () => {
    const rolling = {
      strategy: "rolling",
      stageBlueHost: undefined,
      stageGreenHost: undefined,
      stageRanges: undefined,
      drainSeconds: "300",
    };

    it("is two slots unless it says otherwise, in records of before, too", async () => {
      const usual = await load({});
      assert.strictEqual(usual.strategy, "blueGreen");
      assert.strictEqual((await load({ strategy: "blueGreen" })).record, usual.record);
    });

    it("takes one release with a host, and without one", async () => {
      const { hosts, release, strategy } = await load(rolling);
      assert.deepStrictEqual([strategy, hosts], ["rolling", { production: "app.rehearsal.test" }]);
      assert.strictEqual(release.shape.slots.blue.deployment, "app");
      const { hosts: none } = await load({ ...rolling, productionHost: undefined });
      assert.deepStrictEqual(none, { production: undefined });
    });

    it("refuses what one release does not have, and less time than its pods may take to end", async () => {
      await assert.rejects(load({ strategy: "rolling" }), ({ message }: Error) => {
        says(
          message,
          "rotation:stageBlueHost does not apply: with rotation:strategy rolling no slot has pods of its own",
          "pulumi config rm rotation:stageGreenHost",
          "rotation:stageRanges does not apply",
          /rotation:drainSeconds must be at least \d+ with rotation:strategy rolling/,
        );
        return true;
      });
    });

    it("has all hosts, and the chart's other values, while one is left", async () => {
      const { drainSeconds, strategy } = rolling;
      const { hosts, leaving, release } = await load({
        drainSeconds,
        strategy,
        leaving: "blueGreen",
      });
      assert.strictEqual(Object.keys(hosts).length, 3);
      assert.strictEqual(leaving?.strategy, "blueGreen");
      assert.strictEqual(leaving.shape.slots.blue.deployment, "app-blue");
      assert.strictEqual(release.shape.slots.blue.deployment, "app");
      // The pods that serve stay what they are.
      const usual = await load({});
      assert.strictEqual(leaving.template, usual.release.template);
      assert.notStrictEqual(release.template, leaving.template);
    });

    it("refuses to leave what is not left, and values of the other strategy", async () => {
      await assert.rejects(load({ leaving: "blueGreen" }), /rotation:leaving is blueGreen/);
      await assert.rejects(
        load({ ...rolling, leavingValues: "charts/app.values.yaml" }),
        /rotation:leavingValues is for a strategy that is left/,
      );
      await assert.rejects(
        load({
          drainSeconds: "300",
          strategy: "rolling",
          leaving: "blueGreen",
          leavingValues: "charts/app.rolling.values.yaml",
        }),
        /rotation:leavingValues is missing: the values that the chart has with strategy blueGreen/,
      );
    });
  });

  it("refuses two hosts that are the same", async () => {
    await assert.rejects(load({ stageBlueHost: "app.rehearsal.test" }), /must differ/);
  });

  it("refuses pods that both slots, an update and a trial have no room for on the nodes", async () => {
    const small = { nodeSize: "Standard_B2ts_v2", poolSize: "1" };
    await assert.rejects(
      load({ ...small, replicas: "30" }),
      /rotation:nodeSize Standard_B2ts_v2 has no room for the application: .* are 69 pods .* nodes hold 54 /,
    );
    const { demand } = await load({ ...small, replicas: "20" });
    assert.deepStrictEqual(demand, {
      room: [{ surge: "25%", cpu: 100, memory: 96 }],
      replicas: 20,
      maxReplicas: undefined,
    });
  });

  it("refuses more connections than a slot's half of the server", async () => {
    await assert.rejects(
      load({ replicas: "20", poolSize: "20" }),
      /needs up to 1283 connections .* half of the server's 859 is 417/,
    );
    await assert.rejects(
      load({ minReplicas: "2", maxReplicas: "30" }),
      /needs up to 548 connections .* lower rotation:maxReplicas/,
    );
    await assert.rejects(load({ serverConnections: "100" }), /half of the server's 100 is 38/);
    assert.strictEqual((await load({})).release.serverConnections, 859);
  });

  it("refuses pods that an update could not replace in time, or an autoscaler could not have", async () => {
    await assert.rejects(
      load({ rolloutSeconds: "60", replicas: "3", minReadySeconds: "15" }),
      /rotation:rolloutSeconds must be at least 150 .*3 pods in 3 groups \(3 x 2 x \(15 \+ 10\)\), not 60\./,
    );
    await assert.rejects(
      load({ minReplicas: "4", maxReplicas: "3" }),
      /rotation:replicas must be between rotation:minReplicas and rotation:maxReplicas, not 2 between 4 and 3/,
    );
    await assert.rejects(load({ minReplicas: "2" }), /rotation:maxReplicas is missing/);
    await assert.rejects(load({ trial: "two" }), /rotation:trial must be one of pod, none/);
    await assert.rejects(
      load({ ...DEV, appImage: "example.azurecr.io/app:latest" }),
      /rotation:appImage must be an image with a tag other than latest/,
    );
  });

  it("lets a slot come up with the most pods that its autoscaler may give it", async () => {
    const { release } = await load({ minReplicas: "2", maxReplicas: "6", replicas: "" });
    assert.strictEqual(release.replicas, 6);
    assert.deepStrictEqual(release.autoscaling, { minReplicas: 2, maxReplicas: 6 });
  });

  it("gives pods another template for another image, chart, pool or preStop, and for nothing else", async () => {
    const template = async (config: Record<string, string>) =>
      (await load(config)).release.template;
    const usual = await template({});
    assert.match(usual, /^[0-9a-f]{12}$/);
    const others: Record<string, string>[] = [
      { appImage: rehearsalImage("app:2.0.0") },
      { poolSize: "4" },
      { preStopSeconds: "7" },
    ];
    for (const other of others) {
      assert.notStrictEqual(await template(other), usual);
    }
    const sames: Record<string, string>[] = [
      { replicas: "3" },
      { toolsImage: rehearsalImage("tools:2.0.0") },
      { counter: "4" },
    ];
    for (const same of sames) {
      assert.strictEqual(await template(same), usual);
    }
  });

  /** A stranger's chart, with what its committed contract was judged for. */
  const plain = (delivery: "file" | "secret"): Record<string, string> => ({
    chart: "charts/plain",
    values: `charts/plain.${delivery}.values.yaml`,
    service: "{release}-web:8000",
    actAs: "owner",
    trial: "none",
    delivery,
  });

  it("takes another chart with its values, its Service and what its contract found", async () => {
    const { actAs, delivery, release } = await load(plain("secret"));
    assert.deepStrictEqual([actAs, delivery], ["owner", { by: "secret", keys: undefined }]);
    assert.deepStrictEqual(
      [release.chart, release.shape.slots.green.service, release.shape.port],
      ["./charts/plain", { name: "app-green-web", port: 8000 }, 3000],
    );
    const templates = [await load({}), await load(plain("file")), await load(plain("secret"))];
    assert.strictEqual(new Set(templates.map((each) => each.release.template)).size, 3);
  });

  it("asks for the contract anew where what is declared of the chart is another", async () => {
    const secretKeys = JSON.stringify({
      uri: "postgresql://${role}:${password}@${host}/x",
      p: "${password}",
    });
    for (const [other, file] of [
      [{ ...plain("secret"), secretKeys }, "plain.secret"],
      [{ ...plain("file"), fileName: "db.password" }, "plain.file"],
      [{ delivery: "secret" }, "app"],
    ] as const) {
      await assert.rejects(
        load(other),
        new RegExp(
          `charts/${file}.values.contract.json is not of this chart, .*rotation contract --stack test --write`,
        ),
      );
    }
  });

  it("takes a chart that is pulled as it is committed, and never pulls it", async () => {
    const chart = "oci://registry.invalid/charts/shop";
    await assert.rejects(
      load({ chart, chartVersion: "1.2.3" }),
      /charts\/shop\.values\.chart is missing: `npx rotation contract --stack test --write` pulls oci:\/\/registry\.invalid\/charts\/shop 1\.2\.3, .*\n.*charts\/shop\.values\.yaml cannot be read/,
    );
  });

  it("refuses a chart, values and keys of it that are wrong, all at once", async () => {
    await assert.rejects(
      load({
        chart: "../elsewhere",
        service: "a b",
        peers: "0",
        probeStatus: "ok",
        backendHost: "x",
      }),
      ({ message }: Error) => {
        for (const key of ["chart", "service", "peers", "probeStatus", "backendHost"]) {
          assert.match(message, new RegExp(`rotation:${key} must be`), key);
        }
        assert.doesNotMatch(message, /contract/);
        return true;
      },
    );
    await assert.rejects(
      load({ chart: "charts/nowhere" }),
      /charts\/nowhere cannot be read: .*\n.*charts\/nowhere\.values\.yaml cannot be read: /,
    );
  });

  it("says everything that is wrong with a delivery at once, and nothing that a key holds", async () => {
    const secretKeys = JSON.stringify({ "a b": "hunter2${passwort}" });
    await assert.rejects(
      load({ fileName: "secrets/password", secretKeys }),
      ({ message }: Error) => {
        for (const expected of [
          /has 5 problems/,
          /rotation:fileName must be letters, digits, .* without a slash, not "secrets\/password"/,
          /rotation:secretKeys must not have the key "a b"/,
          /rotation:secretKeys must not use \$\{passwort\} in the key "a b"/,
          /rotation:secretKeys must have a key that is exactly \$\{password\}/,
          /rotation:secretKeys describes a Secret, and with rotation:delivery file there is none/,
        ]) {
          assert.match(message, expected);
        }
        assert.doesNotMatch(message, /hunter2/);
        return true;
      },
    );
    await assert.rejects(
      load({ delivery: "secret", fileName: "db" }),
      /rotation:fileName names a file that pods mount, and with rotation:delivery secret they/,
    );
    await assert.rejects(load({ delivery: "vault" }), /rotation:delivery must be one of file, sec/);
    for (const noObject of ["text", "[]", "3", '{"port":5432}']) {
      await assert.rejects(
        load({ delivery: "secret", secretKeys: noObject }),
        /rotation:secretKeys must be an object that holds texts\. Set each of them with `pulumi/,
        noObject,
      );
    }
  });

  it("takes the vault's driver for who writes the Secret, and refuses that without a Secret or with texts", async () => {
    const { delivery, record, release } = await load({ ...plain("secret"), secretFrom: "vault" });
    const program = await load({ ...plain("secret"), secretFrom: "program" });
    assert.deepStrictEqual(
      [delivery, program.delivery],
      [
        { by: "secret", keys: undefined, from: "vault" },
        { by: "secret", keys: undefined },
      ],
    );
    assert.notStrictEqual(release.template, program.release.template);
    assert.deepStrictEqual(settingsDifference(program.record, record), {
      names: ["rotation:secretFrom"],
    });
    const secretKeys = JSON.stringify({ password: "${password}", user: "${role}" });
    await assert.rejects(
      load({ ...plain("secret"), secretFrom: "vault", secretKeys }),
      /rotation:secretKeys must have exactly \$\{password\} in the key "user" with rotation:secretFrom vault: the vault holds/,
    );
    await assert.rejects(
      load({ secretFrom: "vault" }),
      /rotation:secretFrom says who writes a Secret, and with rotation:delivery file there is none/,
    );
    await assert.rejects(
      load({ secretFrom: "operator" }),
      /rotation:secretFrom must be one of program, vault, not "operator"/,
    );
  });

  it("records the defaults of a chart as versions did that knew no other", async () => {
    const { record } = await load({});
    const same = {
      delivery: "file",
      fileName: "password",
      chart: "charts/app",
      podSecurity: "restricted",
      secretFrom: "program",
    };
    assert.strictEqual((await load(same)).record, record);
    assert.doesNotMatch(
      record,
      /delivery|fileName|secretKeys|secretFrom|chart=|values|actAs|probe|peers/,
    );
    const [file, secret] = [await load(plain("file")), await load(plain("secret"))];
    assert.deepStrictEqual(settingsDifference(file.record, secret.record), {
      names: ["rotation:values", "rotation:delivery"],
    });
  });

  it("refuses a stack name that makes a name too long for Azure", async () => {
    await assert.rejects(load({}, "x".repeat(60)), /The cluster name .* has 68 characters/);
  });

  it("reads the optional plan keys and has defaults for the rest", async () => {
    const settings = await load({ counter: "4", live: "3", retired: "2" });
    const { counter, live, retired } = settings.plan;
    assert.deepStrictEqual([counter, live, retired], [4, 3, 2]);
    assert.strictEqual(settings.release.poolSize, 5);
    assert.strictEqual(settings.validityDays, 90);
  });

  it("digests everything but the plan and what is declared for one run", async () => {
    const { record } = await load({ counter: "4" });
    assert.strictEqual((await load({ counter: "5", retired: "3" })).record, record);
    assert.strictEqual((await load({ counter: "4", maintenance: "gateway" })).record, record);
    assert.notStrictEqual((await load({ counter: "4", replicas: "3" })).record, record);
    assert.notStrictEqual((await load({ appImage: rehearsalImage("app:2.0.0") })).record, record);
  });

  it("records each setting by its name, and first of all a digest of all of them", async () => {
    const before = (await load({ counter: "4" })).record;
    const changes: Record<string, Record<string, string>> = {
      "rotation:appImage": { appImage: rehearsalImage("app:2.0.0") },
      "rotation:alertEmail": { alertEmail: "other@example.com" },
      "rotation:databaseSize": { databaseSize: "Standard_E2ds_v5" },
      "rotation:podsRange": { podsRange: "10.100.0.0/16" },
      "rotation:egress": { egress: "10.20.0.0/24:6379" },
    };
    for (const [name, change] of Object.entries(changes)) {
      const after = (await load({ counter: "4", ...change })).record;
      assert.deepStrictEqual(settingsDifference(before, after), { names: [name] });
    }
    const { record } = await load({}, "rehearsal");
    const digest = recordDigest(record);
    assert.strictEqual(record.split(" ")[0], digest);
    assert.match(digest, /^[0-9a-f]{16}$/);
  });

  it("refuses names that are somebody else's, with the other settings", async () => {
    const refused = (application: string, stack = "test") =>
      assert.rejects(load({ application, replicas: "-1" }, stack), ({ message }: Error) => {
        assert.match(message, /has 2 problems/);
        assert.match(message, /rotation:replicas must be/);
        assert.match(
          message,
          /rotation:application must not be|Azure does not allow "(windows|microsoft)" in a name/i,
        );
        return true;
      });
    await refused("pg");
    await refused("default");
    await refused("mywindows");
    await refused("app", "eu-Microsoft-1");
  });

  it("takes images by their digest only in profile prod, with the other problems", async () => {
    const appImage = "example.azurecr.io/rotation/app:1.0.0";
    const toolsImage = `example.azurecr.io/rotation/tools@sha512:${"0".repeat(128)}`;
    await assert.rejects(load({ appImage, toolsImage, replicas: "-1" }), ({ message }: Error) => {
      assert.match(message, /has 3 problems/);
      for (const [key, image, name] of [
        ["appImage", appImage, appImage],
        ["toolsImage", toolsImage, "example.azurecr.io/rotation/tools"],
      ] as const) {
        assert.ok(
          message.includes(
            `rotation:${key} must be an image with a digest, such as ${name}@sha256:<64 digits>, ` +
              `not "${image}"`,
          ),
          message,
        );
      }
      return true;
    });
    const pinned = `${appImage}@sha256:${"0".repeat(64)}`;
    assert.strictEqual((await load({ appImage: pinned })).images.app, pinned);
    const dev = await load({ ...DEV, appImage, toolsImage });
    assert.deepStrictEqual(dev.images, { app: appImage, tools: toolsImage });
  });

  it("admits images of the folder of the two, by digest in prod, and further ones to the letter", async () => {
    const { admittedImages } = await load({ admittedImages: "side:1, example.com/b/c:2" });
    assert.deepStrictEqual(admittedImages, {
      folders: ["rehearsal"],
      byDigest: true,
      further: ["side:1", "example.com/b/c:2"],
    });
    const dev = await load(DEV);
    assert.deepStrictEqual(dev.admittedImages, {
      folders: ["rehearsal"],
      byDigest: false,
      further: [],
    });
    await assert.rejects(
      load({ admittedImages: "side" }),
      /rotation:admittedImages must be an image with a tag or digest, not "side"/,
    );
  });

  it("takes every reference of an image that has a tag or a digest, and no other", async () => {
    const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
    const good = [
      `app:1.0.0-RC1@${digest}`,
      `app@${digest}`,
      "example.azurecr.io/a/b__c-d.e:V_1",
      "localhost:5000/app:1",
      "[2001:db8::1]:5000/app:1",
      `app:${"t".repeat(128)}`,
    ];
    for (const appImage of good) {
      assert.strictEqual((await load({ ...DEV, appImage })).images.app, appImage);
    }
    const bad = ["app", "app:-1", "app:1:2", "App:1", "a//b:1", "app@sha256:abc", "app:1 ", "-a:1"];
    for (const toolsImage of [...bad, `app:${"t".repeat(129)}`, "example.azurecr.io:port/app:1"]) {
      await assert.rejects(load({ toolsImage }), /rotation:toolsImage must be an image with a tag/);
    }
  });

  it("reads what names a platform that is there, and takes its defaults", async () => {
    const settings = await loadExisting({});
    assert.deepStrictEqual(settings.existing, REFERENCE);
    assert.deepStrictEqual(
      [settings.grants, settings.postgresDatabase, settings.stageRanges],
      ["program", "open", []],
    );
    assert.strictEqual(settings.release.serverConnections, 200);
    assert.strictEqual(
      (await loadExisting({ postgresDatabase: "closed" })).postgresDatabase,
      "closed",
    );
    const { existing } = await loadExisting({ registryId: undefined, certificateName: undefined });
    assert.deepStrictEqual(
      [existing.registryId, existing.certificateName],
      [undefined, "production"],
    );
  });

  it("keeps the meaning of the profile for images on a platform that is there", async () => {
    await assert.rejects(
      loadExisting({ toolsImage: "example.azurecr.io/tools:1.0.0" }),
      /rotation:toolsImage must be an image with a digest/,
    );
    const tagged = { appImage: "app:1.0.0", toolsImage: "tools:1.0.0" };
    const { images } = await loadExisting({ ...tagged, profile: "dev" });
    assert.deepStrictEqual(images, { app: "app:1.0.0", tools: "tools:1.0.0" });
  });

  it("says everything that is missing or wrong with a platform that is there at once", async () => {
    const wrong = {
      clusterId: undefined,
      clusterHost: "https://aks",
      vaultId: REFERENCE.gatewayId,
      databaseServerId: "psql-shared",
      databaseAdministratorSecret: REFERENCE.vaultId,
      gatewayId: undefined,
      workspaceId: undefined,
      registryId: "crshared.azurecr.io",
      certificateName: "a b",
      grants: "nobody",
      serverConnections: undefined,
    };
    await assert.rejects(loadExisting(wrong), ({ message }: Error) => {
      const id = "a resource id such as /subscriptions/<id>/resourceGroups/<group>/providers/";
      for (const expected of [
        "has 11 problems",
        `rotation:clusterId is missing: ${id}Microsoft.ContainerService/managedClusters/<name>. Set it`,
        `rotation:vaultId must be ${id}Microsoft.KeyVault/vaults/<name>, not "${REFERENCE.gatewayId}"`,
        `rotation:databaseServerId must be ${id}Microsoft.DBforPostgreSQL/flexibleServers/<name>, not "psql-shared"`,
        `rotation:databaseAdministratorSecret must be ${id}Microsoft.KeyVault/vaults/<name>/secrets/<name>, not`,
        'rotation:clusterHost must be the host name of the cluster\'s API server, not "https://aks"',
        "rotation:gatewayId is missing: ",
        "rotation:workspaceId is missing: ",
        "rotation:registryId must be ",
        "rotation:certificateName must be the name that the gateway has for the certificate",
        "rotation:grants must be one of program, existing",
        "rotation:serverConnections is missing: how many of the server's connections",
      ]) {
        assert.ok(message.includes(expected), `${expected} in:\n${message}`);
      }
      return true;
    });
  });

  it("wants what it writes to in one subscription", async () => {
    const other = "11111111-1111-1111-1111-111111111111";
    const elsewhere = (id: string) => id.replace(/[0-9-]{36}/, other);
    await assert.rejects(
      loadExisting({ vaultId: elsewhere(REFERENCE.vaultId) }),
      /has a problem:\n {2}- rotation:vaultId must be in the cluster's subscription, 0{8}-/,
    );
    const { existing } = await loadExisting({ workspaceId: elsewhere(REFERENCE.workspaceId) });
    assert.ok(existing.workspaceId.includes(other));
  });

  it("refuses the keys of the other platform, a default that Pulumi.yaml declares excepted", async () => {
    const text = readFileSync(join(__dirname, "..", "..", "Pulumi.yaml"), "utf8");
    const { config } = parse(text) as { config: Record<string, { default: string | number }> };
    const declared = (keys: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.keys(keys).map((key) => [key, String(config[`rotation:${key}`]?.default ?? "")]),
      );
    assert.deepStrictEqual(declared(NEW_KEYS), NEW_KEYS);
    assert.deepStrictEqual(declared(EXISTING_KEYS), EXISTING_KEYS);
    assert.deepStrictEqual(declared(ADOPTED_KEYS), ADOPTED_KEYS);

    const { record } = await loadExisting({});
    assert.strictEqual((await loadExisting(NEW_KEYS)).record, record);
    for (const key of Object.keys(NEW_KEYS)) {
      await assert.rejects(
        loadExisting({ [key]: "gateway" }),
        new RegExp(
          `has a problem:\\n {2}- rotation:${key} does not apply: the platform is there, .*config rm rotation:${key}`,
        ),
      );
    }
    const ofExisting = { ...EXISTING_KEYS, ...ADOPTED_KEYS };
    assert.strictEqual((await load(ofExisting)).record, (await load({})).record);
    for (const key of Object.keys(ofExisting)) {
      await assert.rejects(
        load({ [key]: "something" }),
        new RegExp(`has a problem:\\n {2}- rotation:${key} does not apply: .*platform existing`),
      );
    }
  });

  it("reads where others want the application to be, and no namespace of the cluster's own", async () => {
    const { namespace, ingress } = await loadExisting({ namespace: "team-shop", ingress: "shop" });
    assert.deepStrictEqual({ namespace, ingress }, { namespace: "team-shop", ingress: "shop" });
    const { record } = await loadExisting({});
    assert.ok(!/rotation:(namespace|ingress)/.test(record), record);
    await assert.rejects(
      loadExisting({ namespace: "Team", ingress: "shop_1" }),
      ({ message }: Error) => {
        says(
          message,
          'rotation:namespace must be the name of a namespace: up to 63 lowercase letters, digits and inner hyphens, not "Team"',
          'rotation:ingress must be the name of an Ingress: lowercase letters, digits, inner hyphens and dots, not "shop_1"',
        );
        return true;
      },
    );
    await assert.rejects(
      loadExisting({ namespace: "kube-system" }),
      /rotation:namespace must not be "kube-system", which is the cluster's own\./,
    );
    await assert.rejects(
      loadExisting({ ingress: "shop" }),
      /rotation:namespace is missing: the namespace that rotation:ingress is in/,
    );
  });

  it("reads what a stack takes over, and takes the owner and actAs from it", async () => {
    const { adopted, actAs } = await loadExisting(ADOPTED_CONFIG);
    assert.deepStrictEqual(adopted, {
      legacyRole: "Shop-App.Legacy",
      ownerRole: "Shop-App.Legacy",
      databaseName: "Shop-DB",
      searchPath: undefined,
      statementTimeout: undefined,
      idleInTransactionTimeout: undefined,
      legacyService: { name: "shop", port: 8080 },
    });
    assert.strictEqual(actAs, "owner");
    const carried = await loadExisting({
      ...ADOPTED_CONFIG,
      ownerRole: "shop owner",
      searchPath: "Billing.Core, $user",
      statementTimeout: "15000",
      idleInTransactionTimeout: "60000",
    });
    assert.deepStrictEqual(
      [carried.adopted?.ownerRole, carried.adopted?.searchPath],
      ["shop owner", ["Billing.Core", "$user"]],
    );
    assert.deepStrictEqual(
      [carried.adopted?.statementTimeout, carried.adopted?.idleInTransactionTimeout],
      [15000, 60000],
    );
  });

  it("keeps records of stacks that take nothing over, and tells what one takes over in its own", async () => {
    const { adopted, record } = await loadExisting({});
    assert.strictEqual(adopted, undefined);
    assert.ok(!/legacyRole|databaseName|Timeout|searchPath/.test(record), record);
    assert.strictEqual((await loadExisting(ADOPTED_KEYS)).record, record);
    const other = await loadExisting(ADOPTED_CONFIG);
    assert.deepStrictEqual(
      settingsDifference(record, other.record)?.names.toSorted(),
      ["actAs", "databaseName", "ingress", "legacyRole", "legacyService", "namespace"].map(
        (key) => `rotation:${key}`,
      ),
    );
  });

  it("says everything that is missing or wrong with a login to take over at once", async () => {
    const wrong = {
      legacyRole: "app_blue",
      ownerRole: 'o"wner',
      databaseName: "shop.db",
      legacyService: "shop",
      searchPath: `${"ä".repeat(32)},public`,
      statementTimeout: "15s",
      idleInTransactionTimeout: "-1",
      actAs: "readwrite",
      postgresDatabase: "closed",
    };
    await assert.rejects(loadExisting(wrong), ({ message }: Error) => {
      for (const expected of [
        "has 11 problems",
        'rotation:legacyRole must not be "app_blue": the program makes a role of that name.',
        'rotation:ownerRole must have no quotes and no control characters, not "o\\"wner"',
        'rotation:databaseName must have no dot, not "shop.db": rename it first.',
        'rotation:legacyService must be NAME:PORT of a Service, not "shop"',
        "rotation:searchPath must have 63 bytes at most, as every name in PostgreSQL, not 64.",
        'rotation:statementTimeout must be a whole number from 0 to 2147483647, not "15s"',
        'rotation:idleInTransactionTimeout must be a whole number from 0 to 2147483647, not "-1"',
        "rotation:namespace is missing: the namespace that the login's application is in",
        "rotation:ingress is missing: the Ingress that production's host leads through today",
        "rotation:actAs must be owner with rotation:legacyRole, not readwrite",
        "rotation:postgresDatabase must be open with rotation:legacyRole",
      ]) {
        assert.ok(message.includes(expected), `${expected} in:\n${message}`);
      }
      return true;
    });
    await assert.rejects(
      loadExisting({ legacyRole: "legacy", namespace: "shop", ingress: "shop" }),
      /has 2 problems:\n.*legacyService is missing.*\n.*databaseName is missing/,
    );
    for (const key of Object.keys(ADOPTED_KEYS).filter((each) => each !== "legacyRole")) {
      const value = key.endsWith("Timeout") ? "1" : "shop:80";
      await assert.rejects(
        loadExisting({ [key]: value }),
        new RegExp(`has a problem:\n {2}- rotation:${key} does not apply: .*rotation:legacyRole`),
      );
    }
  });

  it("guesses no platform", async () => {
    await assert.rejects(
      loadAny({ platform: "exsiting", certificate: undefined }),
      /has a problem:\n {2}- rotation:platform must be one of new, existing, not "exsiting"/,
    );
  });

  it("declares in Pulumi.yaml the keys and defaults that the program has", async () => {
    const text = readFileSync(join(__dirname, "..", "..", "Pulumi.yaml"), "utf8");
    const { config } = parse(text) as {
      config: Record<string, { type: string; default: unknown }>;
    };
    const readers = [
      "infra/config",
      "infra/chart",
      "infra/platform",
      "infra/adopted",
      "components/chart/configured",
    ];
    const source = readers
      .map((file) => readFileSync(join(__dirname, "..", "..", `${file}.ts`), "utf8"))
      .join("");
    const reads =
      /(?:reader\.(?:integer|text|choice|checked|list|optional)(?:<\w+>)?|host|(?:optionalI|i)d)\(\s*"(\w+)"/g;
    const keys = [...source.matchAll(reads)].map(([, key]) => `rotation:${key}`);
    // They have to be absent rather than empty: two are numbers, and one is for a single run.
    const undeclared = ["rotation:live", "rotation:retired", "rotation:maintenance"];
    assert.deepStrictEqual(
      Object.keys(config).sort(),
      keys.filter((key) => !undeclared.includes(key)).sort(),
    );
    // With nothing but the declared defaults and the keys that have none, all values are the same.
    const required = Object.keys(config).filter((key) => config[key]!.default === "");
    const own = stackConfig("rehearsal");
    const bare = Object.fromEntries(required.map((key) => [key, own[key] ?? ""]));
    const declared = Object.fromEntries(
      Object.entries(config).map(([key, { default: value }]) => [key, String(value)]),
    );
    await MockProgram.start({ config: bare });
    const { record } = loadSettings();
    await MockProgram.start({ config: { ...declared, ...bare } });
    assert.strictEqual(loadSettings().record, record);
  });
});
