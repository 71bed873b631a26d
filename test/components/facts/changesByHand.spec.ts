import assert from "node:assert";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import {
  changesByHand,
  type Expectation,
  handChangesText,
  stopping,
  unseenChanges,
  currentSecret,
  scaledDown,
  type Facts,
  type SecretFacts,
  type SlotFacts,
} from "../../../components/facts";
import { transition } from "../../../components/plan";
import { sayEach, says } from "../../support/says";

/** Counter 8, live 8, retired 6: blue is live, green is kept warm. */
const EXPECTED: Expectation = {
  application: "app",
  namespace: "app",
  vault: "kv-app",
  secretVersion: "v8",
  image: "app:1.0.0",
  template: "0123456789ab",
  replicas: 2,
  connections: 16,
  plan: { counter: 8, live: 8, retired: 6 },
};

/** Its pods are all there, and all of one template. */
const WHOLE = {
  ...{ replicas: 2, ready: 2, earlier: 0, isWhole: true },
  ...{ image: "app:1.0.0", template: "0123456789ab" },
};

const V8: SecretFacts = { version: "v8", enabled: true, generation: 8, slot: "blue" };

/** What such a plan leaves behind. */
function facts(change: (draft: Mutable<Facts>) => void = () => undefined): Facts {
  const draft: Mutable<Facts> = {
    slots: {
      blue: {
        role: { canLogin: true, sessions: 12 },
        secrets: [V8, { version: "v6", enabled: true, generation: 6 }],
        login: { version: "v8", sqlstate: "" },
        release: { ...WHOLE, generation: 8, pinned: "v8", mounted: ["v8"] },
      },
      green: {
        role: { canLogin: true, sessions: 10 },
        secrets: [{ version: "v7", enabled: true, generation: 7 }],
        login: { version: "v7", sqlstate: "" },
        release: { ...WHOLE, generation: 7, pinned: "v7", mounted: ["v7"] },
      },
    },
    routes: { production: "app-blue", blue: "app-blue", green: "app-green" },
    production: { status: 200, slot: "blue", generation: 8, secretVersion: "v8" },
    unseen: [],
  };
  change(draft);
  return draft;
}

/** The facts that rows about attributes and missing things change. */
const pickOf = ({ release, role }: SlotFacts) => ({ release, role });

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Mutable<T[K]> : T[K] };

interface Row {
  readonly title: string;
  readonly change: (draft: Mutable<Facts>) => void;
  readonly what: string;
  readonly texts: readonly RegExp[];
}

const ROWS: readonly Row[] = [
  {
    title: "another password of the live role",
    change: ({ slots }) => (slots.blue.login = { version: "v8", sqlstate: "28P01" }),
    what: "password",
    texts: [/app_blue with version v8 .* refused \(28P01\)/, /::rotation-blue-role/],
  },
  {
    title: "a live role that may not log in",
    change: ({ slots }) => {
      slots.blue.role = { canLogin: false, sessions: 12 };
      slots.blue.login = { version: "v8", sqlstate: "28000" };
    },
    what: "login",
    texts: [/The role app_blue cannot log in/, /ALTER ROLE "app_blue" LOGIN/],
  },
  {
    title: "a previous role that may not log in",
    change: ({ slots }) => (slots.green.role = { canLogin: false, sessions: 0 }),
    what: "login",
    texts: [/The role app_green cannot log in/, /ALTER ROLE "app_green" LOGIN/],
  },
  {
    title: "a newer version of the live slot's secret",
    change: ({ slots }) => (slots.blue.secrets = [{ version: "v9", enabled: true }, V8] as never),
    what: "vault",
    texts: [/newer version v9/, /--version v9 --enabled false/],
  },
  {
    title: "a disabled version of the live slot's secret",
    change: ({ slots }) => (slots.blue.secrets = [{ ...V8, enabled: false }] as never),
    what: "vault",
    texts: [/v8 of the vault secret app-blue is disabled/, /--version v8 --enabled true/],
  },
  {
    title: "a deleted secret of the live slot",
    change: ({ slots }) => (slots.blue.secrets = [] as never),
    what: "vault",
    texts: [/has no version v8/, /az keyvault secret recover/],
  },
  {
    title: "another backend of production",
    change: (draft) => (draft.routes = { ...draft.routes, production: "app-green" }),
    what: "traffic",
    texts: [/production to app-green/, /rules\/0\/.*"value":"app-blue"/],
  },
  {
    title: "another backend of a stage host",
    change: (draft) => (draft.routes = { ...draft.routes, green: "app-blue" }),
    what: "traffic",
    texts: [/the stage host of green to app-blue/, /rules\/2\/.*"value":"app-green"/],
  },
  {
    title: "a rule of the Ingress that is gone",
    change: (draft) => (draft.routes = { production: "app-blue", blue: "app-blue" }),
    what: "traffic",
    texts: [
      /the stage host of green to nothing/,
      /to fix: pulumi refresh && pulumi config set rotation:counter -- 8 && .*pulumi up/,
    ],
  },
  {
    title: "other replicas of the live release",
    change: ({ slots }) => (slots.blue.release = { ...slots.blue.release!, replicas: 5 } as never),
    what: "replicas",
    texts: [/live release app-blue is scaled to 5 pods/, /deployment\/app-blue --replicas 2/],
  },
];

/** What a new slot would be made without, unless somebody says so. */
const IMAGES: readonly Row[] = [
  {
    title: "another image of the live release",
    change: ({ slots }) =>
      (slots.blue.release = { ...slots.blue.release!, image: "app:1.1.0" } as never),
    what: "image",
    texts: [
      /The live release app-blue runs app:1\.1\.0\. Expected: app:1\.0\.0, .*rotation:appImage/,
      /to fix: pulumi config set rotation:appImage app:1\.1\.0 && pulumi config set rotation:counter -- 8 && .* && pulumi up, then the move/,
      /rotation:accept image/,
    ],
  },
  {
    title: "other settings of the live release, as of an update that was set back and stopped",
    change: ({ slots }) =>
      (slots.blue.release = { ...slots.blue.release!, template: "ba9876543210" } as never),
    what: "image",
    texts: [/app-blue has the template ba9876543210\. Expected: 0123456789ab/, /pulumi refresh &&/],
  },
  {
    title: "a rollout of the live release that has not completed",
    change: ({ slots }) =>
      (slots.blue.release = { ...slots.blue.release!, earlier: 1, isWhole: false } as never),
    what: "image",
    texts: [
      /app-blue has 1 of its pods on an earlier template/,
      /rollout status deployment\/app-blue/,
    ],
  },
];

/** What of a slot a run changes has to be there, and its role has to let it in. */
const OF_SLOTS: readonly Row[] = [
  {
    title: "a role whose password ends",
    change: ({ slots }) => {
      slots.green.role = { canLogin: true, sessions: 0, validUntil: "2025-01-01T00:00:00Z" };
      slots.green.login = { version: "v7", sqlstate: "28P01" };
    },
    what: "role",
    texts: [
      /app_green has a password that expires at 2025-01-01T00:00:00Z/,
      /ALTER ROLE app_green VALID UNTIL 'infinity'/,
    ],
  },
  {
    title: "a role with too few connections",
    change: ({ slots }) => {
      slots.green.role = { canLogin: true, sessions: 1, connectionLimit: 1 };
      slots.green.login = { version: "v7", sqlstate: "53300" };
    },
    what: "role",
    texts: [/app_green has a connection limit of 1\b/, /ALTER ROLE app_green CONNECTION LIMIT 16/],
  },
  {
    title: "a role without its rights",
    change: ({ slots }) => (slots.green.role = { canLogin: true, sessions: 0, lacksRights: true }),
    what: "role",
    texts: [/app_green is not a member of app_rw/, /GRANT app_rw TO app_green/],
  },
  {
    title: "a role that was made a member of another one",
    change: ({ slots }) =>
      (slots.green.role = { canLogin: true, sessions: 0, granted: ["reporting"] }),
    what: "role",
    texts: [
      /app_green is a member of reporting/,
      /GRANT reporting TO app_rw; REVOKE reporting FROM app_green/,
    ],
  },
  {
    title: "a role whose sessions act as another one",
    change: ({ slots }) =>
      (slots.green.role = { canLogin: true, sessions: 0, actsAs: "app_owner" }),
    what: "role",
    texts: [
      /app_green acts as app_owner/,
      /Expected: itself, with the rights of app_rw/,
      /ALTER ROLE app_green RESET role; ALTER ROLE app_green IN DATABASE app RESET role/,
    ],
  },
  {
    title: "a role that may act as the owner",
    change: ({ slots }) =>
      (slots.green.role = { canLogin: true, sessions: 0, granted: ["app_owner"] }),
    what: "role",
    texts: [/app_green is a member of app_owner/, /--command "REVOKE app_owner FROM app_green"/],
  },
  {
    title: "a role that is gone",
    change: ({ slots }) => (slots.green.role = null),
    what: "missing",
    texts: [/There is no role app_green\./, /pulumi refresh && pulumi config set .*pulumi up/],
  },
  {
    title: "a Deployment that is gone",
    change: ({ slots }) => (slots.green.release = null),
    what: "missing",
    texts: [
      /There is no Deployment app-green\./,
      /helm --namespace app get manifest app-green \| kubectl --namespace app apply --filename -/,
    ],
  },
  {
    title: "a Service that is gone",
    change: ({ slots }) =>
      (slots.green.release = { ...slots.green.release!, gone: ["Service app-green"] } as never),
    what: "missing",
    texts: [/There is no Service app-green\./, /get manifest app-green/],
  },
];

/** What a roll back or a promotion builds on: the slot that is to get the traffic. */
const STANDBY_ROWS: readonly Row[] = [
  {
    title: "other replicas of the standby release",
    change: ({ slots }) =>
      (slots.green.release = { ...slots.green.release!, replicas: 0 } as never),
    what: "replicas",
    texts: [/standby release app-green is scaled to 0 pods/, /deployment\/app-green --replicas 2/],
  },
  {
    title: "pods of the standby release that are not ready",
    change: ({ slots }) => (slots.green.release = { ...slots.green.release!, ready: 1 } as never),
    what: "replicas",
    texts: [/standby release app-green has 1 of 2 pods ready/, /instance=app-green/],
  },
  {
    title: "another password of the standby role",
    change: ({ slots }) => (slots.green.login = { version: "v7", sqlstate: "28P01" }),
    what: "password",
    texts: [/app_green with version v7 .* refused \(28P01\)/, /the standby pods need one/],
  },
  {
    title: "a disabled version of the standby slot's secret",
    change: ({ slots }) =>
      (slots.green.secrets = [{ version: "v7", enabled: false, generation: 7 }] as never),
    what: "vault",
    texts: [/v7 of the vault secret app-green is disabled/, /--version v7 --enabled true/],
  },
  {
    title: "another image of the standby release",
    change: ({ slots }) =>
      (slots.green.release = { ...slots.green.release!, image: "app:1.1.0" } as never),
    what: "image",
    texts: [/The standby release app-green runs app:1\.1\.0/],
  },
];

describe("changesByHand", () => {
  it("finds nothing in what a completed run leaves behind", () => {
    assert.deepStrictEqual(changesByHand(facts(), EXPECTED), []);
  });

  for (const { title, change, what, texts } of [...ROWS, ...IMAGES, ...STANDBY_ROWS, ...OF_SLOTS]) {
    it(`names ${title}, and nothing else`, () => {
      const changes = changesByHand(facts(change), EXPECTED);
      assert.deepStrictEqual(
        changes.map((found) => found.what),
        [what],
      );
      const text = handChangesText(changes, EXPECTED.plan);
      texts.forEach((expected) => assert.match(text, expected));
      assert.match(text, /as the last completed run left it \(counter 8, live 8, retired 6\)/);
    });
  }

  describe("where the slots act as the owner", () => {
    const owner = { ...EXPECTED, actAs: "owner" } as const;
    const member = { canLogin: true, sessions: 10, granted: ["app_owner"] };
    const green = (role: SlotFacts["role"]) =>
      changesByHand(
        facts(({ slots }) => {
          slots.blue.role = { ...member, actsAs: "app_owner" };
          slots.green.role = role;
        }),
        owner,
      );

    it("finds nothing in what a completed run leaves behind", () => {
      assert.deepStrictEqual(green({ ...member, actsAs: "app_owner" }), []);
    });

    it("names a role that acts as itself or as the group, with the SQL that mends it, and stops a move", () => {
      for (const [role, as] of [
        [member, "itself"],
        [{ ...member, granted: [] }, "itself"],
        [{ ...member, actsAs: "app_rw" }, "app_rw"],
      ] as const) {
        const changes = green(role);
        assert.deepStrictEqual(
          changes.map(({ what }) => what),
          ["role"],
        );
        says(changes[0]!.found, `app_green acts as ${as}.`);
        says(changes[0]!.expected, "app_owner");
        says(
          changes[0]!.help,
          "GRANT app_owner TO app_green WITH INHERIT TRUE, SET TRUE",
          "ALTER ROLE app_green SET role TO app_owner",
          "ALTER ROLE app_green IN DATABASE app RESET role",
        );
        const back = transition(owner.plan, { ...owner.plan, live: 7 });
        assert.deepStrictEqual(stopping(changes, back, []), changes);
        assert.deepStrictEqual(stopping(changes, back, ["role"]), []);
      }
    });

    it("hands what was granted by hand to the owner, as whom both slots have it", () => {
      const granted = ["app_owner", "reporting"];
      const changes = green({ ...member, actsAs: "app_owner", granted });
      assert.strictEqual(changes.length, 1);
      says(changes[0]!.help, "GRANT reporting TO app_owner; REVOKE reporting FROM app_green");
    });
  });

  it("compares no image and no template that no record has, nor one that a release does not name", () => {
    const older = { ...EXPECTED, image: undefined, template: undefined };
    const changed = facts(IMAGES[0]!.change);
    assert.deepStrictEqual(changesByHand(changed, older), []);
    assert.deepStrictEqual(changesByHand(facts(IMAGES[1]!.change), older), []);
    const unnamed = facts(({ slots }) => {
      const unnamedRelease = { ...slots.blue.release!, image: undefined, template: undefined };
      slots.blue.release = unnamedRelease;
    });
    assert.deepStrictEqual(changesByHand(unnamed, EXPECTED), []);
  });

  it("lets the old pods of a standby go that has all of its new ones ready, as an update leaves it", () => {
    const standby = (ready: number) =>
      changesByHand(
        facts(({ slots }) => {
          slots.green.release = { ...slots.green.release!, earlier: 1, ready, isWhole: false };
        }),
        EXPECTED,
      );
    assert.deepStrictEqual(standby(3), []);
    const left = standby(2);
    assert.deepStrictEqual(
      left.map(({ what }) => what),
      ["image"],
    );
    says(left[0]!.found, "standby release app-green", "1 of its pods", "earlier template");
  });

  it("names an Ingress of another team that their release took back, and how to keep it", () => {
    const expected = { ...EXPECTED, namespace: "team-shop", ingress: "shop" };
    const found = changesByHand(
      facts((draft) => (draft.routes = { production: "web" })),
      expected,
    );
    assert.deepStrictEqual(
      found.map(({ what, about }) => [what, about]),
      [
        ["traffic", "blue"],
        ["traffic", "blue"],
        ["traffic", "green"],
      ],
    );
    const text = handChangesText(found, EXPECTED.plan);
    says(
      text,
      /The Ingress shop routes production to web\. Expected: app-blue\./,
      /a `helm upgrade` of the release that the object came from does that, so take it out of that chart: kubectl --namespace team-shop annotate ingress shop helm\.sh\/resource-policy=keep --overwrite; then pulumi refresh &&/,
      /routes the stage host of green to nothing/,
    );
  });

  it("names a retired role that may log in again", () => {
    const retired = { ...EXPECTED, plan: { counter: 8, live: 8, retired: 7 } };
    const [change, ...others] = changesByHand(facts(), retired);
    assert.deepStrictEqual(others, []);
    assert.match(change?.found ?? "", /The role app_green can log in/);
    assert.match(change?.help ?? "", /ALTER ROLE "app_green" NOLOGIN/);
  });

  it("names a retired slot's secret that is gone, and how to have it again", () => {
    const retired = { ...EXPECTED, plan: { counter: 8, live: 8, retired: 7 } };
    const changes = changesByHand(
      facts(({ slots }) => {
        slots.green.role = { canLogin: false, sessions: 0 };
        slots.green.secrets = [];
      }),
      retired,
    );
    assert.deepStrictEqual(
      changes.map(({ what }) => what),
      ["missing"],
    );
    says(changes[0]!.found, "no vault secret app-green");
    says(changes[0]!.help, /az keyvault secret recover .*--name app-green; .* pulumi refresh/);
  });

  it("takes more connections than a run gives for no change", () => {
    const role = { canLogin: true, sessions: 3, connectionLimit: 17 };
    const changes = changesByHand(
      facts(({ slots }) => (slots.green.role = role)),
      EXPECTED,
    );
    assert.deepStrictEqual(changes, []);
  });

  it("does not take a role that is full for one with another password: the server lets in the password first", () => {
    // Its holder opens and closes sessions, so they were fewer when they were counted.
    const full = facts(({ slots }) => {
      slots.blue.role = { canLogin: true, sessions: 12, connectionLimit: 38 };
      slots.blue.login = { version: "v8", sqlstate: "53300" };
    });
    assert.deepStrictEqual(changesByHand(full, EXPECTED), []);
  });

  it("says nothing about what it could not see", () => {
    const blind: Facts = { slots: { blue: {}, green: {} }, unseen: [] };
    assert.deepStrictEqual(changesByHand(blind, EXPECTED), []);
  });

  it("puts a password right past the screen and the arguments of processes", async () => {
    const [change] = changesByHand(
      facts(({ slots }) => (slots.blue.login = { version: "v8", sqlstate: "28P01" })),
      EXPECTED,
    );
    const folder = await mkdtemp(join(tmpdir(), "help-"));
    try {
      const secret = (value: string) => ({ plaintext: JSON.stringify(value) });
      const resources = ["blue", "green"].map((slot) => ({
        urn: `urn:pulumi:prod::rotation::it::rotation-${slot}-role`,
        inputs: { password: secret(`SCRAM-SHA-256$4096:${slot}$a:b=`) },
      }));
      await writeFile(join(folder, "state.json"), JSON.stringify({ deployment: { resources } }));
      await writeFile(join(folder, "pulumi"), `#!/bin/sh\ncat "${folder}/state.json"\n`);
      await writeFile(join(folder, "psql"), `#!/bin/sh\necho "$@" >"${folder}/args"\ncat >&3\n`);
      await Promise.all(["pulumi", "psql"].map((name) => chmod(join(folder, name), 0o755)));
      const PATH = [folder, process.env["PATH"]].join(delimiter);
      const { stdout, stderr } = await promisify(execFile)(
        "sh",
        ["-c", `exec 3>"${folder}/read"; ${change!.help}`],
        { env: { PATH } },
      );
      assert.deepStrictEqual([stdout, stderr], ["", ""]);
      assert.strictEqual(await readFile(join(folder, "args"), "utf8"), "\n");
      assert.strictEqual(
        await readFile(join(folder, "read"), "utf8"),
        "ALTER ROLE app_blue PASSWORD 'SCRAM-SHA-256$4096:blue$a:b='\n",
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("does not take the refusal of a version made by hand for another password", () => {
    const changes = changesByHand(
      facts(({ slots }) => {
        slots.blue.secrets = [{ version: "v9", enabled: true }, V8] as never;
        slots.blue.login = { version: "v9", sqlstate: "28P01" };
      }),
      EXPECTED,
    );
    assert.deepStrictEqual(
      changes.map(({ what }) => what),
      ["vault"],
    );
  });
});

describe("with an autoscaler of 2 to 6 pods", () => {
  const scaled = { ...EXPECTED, replicas: 6, minReplicas: 2, maxReplicas: 6 };
  /** Changes where the live release is to have so many pods, and the standby has these. */
  const changes = (live: number, standby = { replicas: live, ready: live }) =>
    changesByHand(
      facts(({ slots }) => {
        slots.blue.release = { ...slots.blue.release!, replicas: live, ready: live };
        slots.green.release = { ...slots.green.release!, ...standby };
      }),
      scaled,
    );

  it("takes every number within them for what the autoscaler does", () => {
    for (const count of [2, 4, 6]) {
      assert.deepStrictEqual(changes(count), []);
    }
  });

  it("names a live release beyond them", () => {
    for (const [count, nearest] of [
      [1, 2],
      [7, 6],
    ] as const) {
      const [change, ...others] = changes(count);
      assert.deepStrictEqual([change?.what, change?.about, others], ["replicas", "blue", []]);
      assert.match(change!.found, new RegExp(`app-blue is scaled to ${count} pods`));
      assert.match(change!.expected, /^2 to 6, .*rotation:minReplicas and rotation:maxReplicas/);
      assert.match(change!.help, new RegExp(`--replicas ${nearest}$`));
    }
  });

  it("lets traffic move only to a slot with as many ready pods as the live one is to have", () => {
    assert.deepStrictEqual(changes(5, { replicas: 6, ready: 5 }), []);
    const few = changes(5, { replicas: 3, ready: 3 });
    const starting = changes(5, { replicas: 6, ready: 4 });
    for (const [found, ready, help] of [
      [few, 3, /scale deployment\/app-green --replicas 5$/],
      [starting, 4, /describe pods .*=app-green$/],
    ] as const) {
      assert.deepStrictEqual(
        found.map(({ what, about }) => [what, about]),
        [["replicas", "green"]],
      );
      assert.match(
        found[0]!.found,
        new RegExp(`app-green has ${ready} pods ready, but the live one is scaled to 5`),
      );
      assert.match(found[0]!.help, help);
    }
    const back = transition(EXPECTED.plan, { counter: 8, live: 7, retired: 6 });
    assert.deepStrictEqual(stopping(few, back, []), few);
    assert.deepStrictEqual(stopping(few, back, ["replicas"]), []);
  });

  it("stops an update that would send fewer pods than the live release has", () => {
    const of = (count: number, expected: Expectation) =>
      scaledDown(
        facts(({ slots }) => {
          slots.blue.release = { ...slots.blue.release!, replicas: count };
        }),
        expected,
      );
    const sends4 = { ...scaled, replicas: 4 };
    assert.deepStrictEqual([...of(4, sends4), ...of(3, sends4)], []);
    const [change] = of(5, sends4);
    assert.match(change!.found, /The live release app-blue is scaled to 5 pods/);
    assert.match(change!.expected, /^at most 4, .*rotation:replicas/);
    assert.match(change!.help, /pulumi config set rotation:replicas -- 5/);
    // Without an autoscaler fewer pods are what somebody asked for.
    assert.deepStrictEqual(of(5, { ...EXPECTED, replicas: 4 }), []);
  });
});

describe("stopping", () => {
  const from = EXPECTED.plan;
  const everything = ROWS.flatMap(({ change }) => changesByHand(facts(change), EXPECTED));
  const blind = unseenChanges({
    slots: { blue: {}, green: {} },
    unseen: [{ place: "vault", why: "no" }],
  });
  const all = [...everything, ...blind];
  const rotate = { counter: 9, live: 9, retired: 6 };
  const names = (to: typeof rotate, accepted: Parameters<typeof stopping>[2] = []) => [
    ...new Set(stopping(all, transition(from, to), accepted).map(({ what }) => what)),
  ];

  it("stops a move for every change, and for what cannot be seen", () => {
    assert.deepStrictEqual(stopping(all, transition(from, rotate), []), all);
  });

  it("lets an emergency begin whatever the leaked credential has become, but not its traffic", () => {
    assert.deepStrictEqual(names({ counter: 9, live: 9, retired: 8 }), ["traffic"]);
  });

  it("stops every move for another image of the live release, because the next slot would not get it", () => {
    const images = IMAGES.flatMap(({ change }) => changesByHand(facts(change), EXPECTED));
    for (const to of [
      rotate,
      { counter: 9, live: 8, retired: 6 },
      { counter: 8, live: 7, retired: 6 },
      { counter: 8, live: 8, retired: 7 },
      { counter: 9, live: 9, retired: 8 },
    ]) {
      const run = transition(from, to);
      assert.deepStrictEqual(stopping(images, run, []), images, JSON.stringify(to));
      assert.deepStrictEqual(stopping(images, run, ["image"]), []);
    }
  });

  it("lets traffic move to a slot that is whole, whatever became of the one that it leaves", () => {
    const back = { counter: 8, live: 7, retired: 6 };
    const left = ROWS.filter(({ title }) => !title.includes("previous"))
      .flatMap(({ change }) => changesByHand(facts(change), EXPECTED))
      .filter(({ what }) => what !== "traffic");
    assert.deepStrictEqual(stopping([...left, ...blind], transition(from, back), []), []);
    const cluster = { slots: { blue: {}, green: {} }, unseen: [{ place: "cluster", why: "no" }] };
    assert.strictEqual(
      stopping(unseenChanges(cluster as Facts), transition(from, back), []).length,
      1,
    );
  });

  it("stops traffic from moving to a slot that is not whole, and no other move for that", () => {
    const back = { counter: 8, live: 7, retired: 6 };
    const retire = { counter: 8, live: 8, retired: 7 };
    const standby = STANDBY_ROWS.flatMap(({ change }) => changesByHand(facts(change), EXPECTED));
    assert.deepStrictEqual(stopping(standby, transition(from, back), []), standby);
    assert.deepStrictEqual(stopping(standby, transition(from, rotate), []), []);
    assert.deepStrictEqual(stopping(standby, transition(from, retire), []), []);
  });

  it("stops a move for what of the slots it changes is gone or would not let in", () => {
    const changes = OF_SLOTS.flatMap(({ change }) => changesByHand(facts(change), EXPECTED));
    const stops = (to: typeof rotate, accepted: Parameters<typeof stopping>[2] = []) =>
      stopping(changes, transition(from, to), accepted);
    for (const to of [
      rotate,
      { counter: 9, live: 8, retired: 6 },
      { counter: 8, live: 8, retired: 7 },
      { counter: 9, live: 9, retired: 8 },
    ]) {
      assert.deepStrictEqual(stops(to), changes, JSON.stringify(to));
    }
    const missing = changes.filter(({ what }) => what === "missing");
    assert.deepStrictEqual(stops(rotate, ["role", "unseen"]), missing);
  });

  it("lets an emergency begin, and a roll back, whatever is gone of the slot that is left", () => {
    const ofBlue = OF_SLOTS.flatMap(({ change }) =>
      changesByHand(
        facts((draft) => {
          const { green } = facts(change).slots;
          draft.slots.blue = { ...draft.slots.blue, ...pickOf(green) };
        }),
        EXPECTED,
      ),
    ).filter(({ what }) => what === "role" || what === "missing");
    assert.ok(ofBlue.length > 0 && ofBlue.every(({ about }) => about === "blue"));
    const stops = (to: typeof rotate) => stopping(ofBlue, transition(from, to), []);
    assert.deepStrictEqual(stops({ counter: 9, live: 9, retired: 8 }), []);
    assert.deepStrictEqual(stops({ counter: 8, live: 7, retired: 6 }), []);
    assert.deepStrictEqual(stops(rotate), ofBlue);
  });

  it("passes over what was accepted for the run, but never over traffic", () => {
    const accepted = ["password", "login", "vault", "replicas", "unseen"] as const;
    assert.deepStrictEqual(names(rotate, accepted), ["traffic"]);
    assert.deepStrictEqual(names(rotate, ["login"]), [
      "password",
      "vault",
      "traffic",
      "replicas",
      "unseen",
    ]);
  });
});

describe("unseenChanges", () => {
  it("minds what a move builds on, and not the gateway, of which nothing is asked", () => {
    const places = ["vault", "database", "cluster", "gateway"] as const;
    const unseen = places.map((place) => ({ place, why: "no way." }));
    const changes = unseenChanges({ slots: { blue: {}, green: {} }, unseen });
    sayEach(
      changes.map(({ found }) => found),
      ...["vault", "database", "cluster"].map((place) => [place, "could not be read", "no way."]),
    );
  });
});

describe("currentSecret", () => {
  it("is the newest enabled version, with versions made by hand", () => {
    const hand = { version: "v9", enabled: true };
    assert.strictEqual(currentSecret([hand, V8])?.version, "v9");
    assert.strictEqual(currentSecret([{ ...hand, enabled: false }, V8])?.version, "v8");
  });

  it("is none where the newest generation is disabled: older ones open nothing", () => {
    const older = { version: "v6", enabled: true, generation: 6 };
    assert.strictEqual(currentSecret([{ ...V8, enabled: false }, older]), undefined);
    assert.strictEqual(currentSecret([]), undefined);
  });
});
