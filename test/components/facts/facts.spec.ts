import assert from "node:assert";
import { mock } from "node:test";
import type { SecretFacts } from "../../../components/facts/facts";
import { type DatabaseSource, gatherFacts, type Sources } from "../../../components/facts/gather";
import { ownSlotShapes } from "../../../components/chart";
import { wholeSlots } from "../../../components/facts/whole";
import { says } from "../../support/says";

const SECRETS: Readonly<Record<string, readonly SecretFacts[]>> = {
  "app-blue": [{ version: "b2", enabled: true, generation: 2 }],
  "app-green": [
    { version: "g1", enabled: false, generation: 1 },
    { version: "g0", enabled: true, generation: -1 },
  ],
  "app-rotator": [{ version: "r2", enabled: true, generation: 2 }],
};

/** Places that answer as counter 2, live 2, retired 1 would; a login gives away the password. */
function sources(database: Partial<DatabaseSource> = {}): Sources & { logins: string[] } {
  const logins: string[] = [];
  return {
    logins,
    vault: {
      versions: (name) => Promise.resolve([...(SECRETS[name] ?? [])]),
      value: (name, version) => Promise.resolve(`${name}/${version}`),
    },
    database: {
      login({ user, password }) {
        logins.push(`${user} ${password}`);
        const roles = new Map([
          ["app_blue", { canLogin: true, sessions: 5 }],
          ["app_green", { canLogin: false, sessions: 0 }],
        ]);
        return Promise.resolve({ sqlstate: "", roles });
      },
      ...database,
    },
    cluster: {
      release: ({ deployment }, credential) =>
        Promise.resolve(
          deployment === "app-blue" && credential === "app-blue"
            ? {
                ...{ replicas: 2, ready: 2, earlier: 0, isWhole: true },
                ...{ pinned: "b2", mounted: ["b2"] },
              }
            : undefined,
        ),
      holders: () => Promise.resolve(0),
      routes: () => Promise.resolve({ production: "app-blue" }),
    },
    gateway: { production: () => Promise.resolve({ status: 200, slot: "blue", generation: 2 }) },
  };
}

/** How Node, and clients with words of their own, say that a name has no address. */
const NO_NAME = {
  vault: "getaddrinfo ENOTFOUND kv-app.vault.azure.net",
  database: "getaddrinfo ENOTFOUND psql-app.postgres.database.azure.com",
  cluster:
    "request to https://aks-app.hcp.swedencentral.azmk8s.io/apis failed, reason: " +
    "getaddrinfo ENOTFOUND aks-app.hcp.swedencentral.azmk8s.io",
} as const;

describe("gatherFacts", () => {
  it("says of a name without an address which zone the network lacks, and the command that shows it", async () => {
    const fails = (place: keyof typeof NO_NAME) => () => Promise.reject(new Error(NO_NAME[place]));
    const facts = await gatherFacts(
      {
        ...sources({ login: fails("database") }),
        cluster: {
          release: fails("cluster"),
          holders: () => Promise.resolve(0),
          routes: fails("cluster"),
        },
      },
      "app",
    );
    const vault = { versions: fails("vault"), value: fails("vault") };
    const lost = await gatherFacts({ ...sources(), vault }, "app");
    const linked = (host: string, zone: string) =>
      `this machine's DNS knows no ${host}: its network has to be linked to the private zone that has ` +
      `the name, \`az network private-dns link vnet list --resource-group <group> --zone-name ${zone} ` +
      "--query '[].virtualNetwork.id'`, or the endpoint is gone";
    assert.deepStrictEqual(
      [...facts.unseen, ...lost.unseen].sort((a, b) => (a.place < b.place ? -1 : 1)),
      [
        {
          place: "cluster",
          why:
            "this machine's DNS knows no aks-app.hcp.swedencentral.azmk8s.io: " +
            "`nslookup aks-app.hcp.swedencentral.azmk8s.io`",
        },
        {
          place: "database",
          why: linked(
            "psql-app.postgres.database.azure.com",
            "privatelink.postgres.database.azure.com",
          ),
        },
        {
          place: "vault",
          why: linked("kv-app.vault.azure.net", "privatelink.vaultcore.azure.net"),
        },
      ],
    );
  });

  it("says of a DNS that does not answer that it is that, and not the name", async () => {
    const login = () => Promise.reject(new Error("getaddrinfo EAI_AGAIN psql-app.example"));
    const { unseen } = await gatherFacts(sources({ login }), "app");
    assert.deepStrictEqual(unseen, [
      {
        place: "database",
        why: "this machine's DNS does not answer, it was asked for psql-app.example: `nslookup psql-app.example`",
      },
    ]);
  });

  it("logs in with the newest enabled version of each slot, and not with one that opens nothing", async () => {
    const places = sources();
    const facts = await gatherFacts(places, "app");
    assert.deepStrictEqual(places.logins, ["app_blue app-blue/b2"]);
    assert.deepStrictEqual(facts.slots.blue.login, { version: "b2", sqlstate: "" });
    assert.strictEqual(facts.slots.green.login, undefined);
    assert.deepStrictEqual(facts.slots.green.role, { canLogin: false, sessions: 0 });
    assert.deepStrictEqual(facts.unseen, []);
  });

  it("sees the roles as the rotator when neither slot's role can log in", async () => {
    const places = sources();
    const working = places.database as DatabaseSource;
    const facts = await gatherFacts(
      {
        ...places,
        database: {
          login: (credential, roles, group) =>
            credential.user === "app_rotator"
              ? working.login(credential, roles, group)
              : Promise.resolve({ sqlstate: "28P01" }),
        },
      },
      "app",
    );
    assert.deepStrictEqual(facts.slots.blue.login, { version: "b2", sqlstate: "28P01" });
    assert.deepStrictEqual(facts.slots.blue.role, { canLogin: true, sessions: 5 });
    assert.deepStrictEqual(places.logins, ["app_rotator app-rotator/r2"]);
  });

  it("has the one release of both slots with the slot whose credential its pods are to hold", async () => {
    const { blue } = ownSlotShapes("app");
    const shape = { ...blue, deployment: "app", service: { name: "app", port: 80 } };
    const places = sources();
    const facts = await gatherFacts(
      {
        ...places,
        cluster: {
          release: (_, credential) =>
            Promise.resolve({
              ...{ replicas: 2, ready: 2, earlier: 0, isWhole: true },
              pinned: credential === "app-blue" ? "b2" : "",
              mounted: [],
            }),
          // In the middle of a rollout.
          holders: (credential) => Promise.resolve(credential === "app-blue" ? 2 : 1),
          routes: () => Promise.resolve({ production: "app" }),
        },
      },
      "app",
      { objects: { blue: shape, green: shape } },
    );
    const { blue: live, green: other } = facts.slots;
    assert.deepStrictEqual([live.holders, live.release?.pinned], [2, "b2"]);
    assert.deepStrictEqual([other.holders, other.release], [1, undefined]);
    assert.deepStrictEqual(
      [wholeSlots(facts)("blue"), wholeSlots(facts)("green")],
      ["", undefined],
    );
  });

  it("keeps on looking when one place does not answer, and says why it did not", async () => {
    const facts = await gatherFacts(
      { ...sources(), vault: "give --vault", cluster: { ...broken("no route to host") } },
      "app",
    );
    assert.deepStrictEqual(facts.unseen, [
      { place: "vault", why: "give --vault" },
      { place: "cluster", why: "no route to host" },
    ]);
    assert.deepStrictEqual(facts.slots, { blue: {}, green: {} });
    assert.strictEqual(facts.production?.slot, "blue");
  });

  it("does not wait for ever for a place that says nothing", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const silent = { production: () => new Promise<never>(() => undefined) };
      const gathered = gatherFacts({ ...sources(), gateway: silent }, "app");
      // The other places have answered by then.
      await new Promise(setImmediate);
      mock.timers.tick(20_000);
      const { production, unseen } = await gathered;
      assert.strictEqual(production, undefined);
      assert.deepStrictEqual(
        unseen.map(({ place }) => place),
        ["gateway"],
      );
      says(unseen[0]!.why, "no answer", "20 s");
    } finally {
      mock.timers.reset();
    }
  });

  it("has no value of a secret in what it returns", async () => {
    const facts = await gatherFacts(sources(), "app");
    assert.doesNotMatch(JSON.stringify(facts), /app-blue\/b2/);
  });
});

function broken(why: string) {
  const fails = () => Promise.reject(new Error(`${why}\nheaders and bodies`));
  return { release: fails, holders: () => Promise.resolve(0), routes: fails };
}
