import * as assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IssuedCertificate } from "../../twin/world/certificates";
import { type ApiDeployment, ClusterApi } from "../support/clusterApi";
import { answering, proveSecretly, VERSION, RIGHT } from "../support/proofs";
import { loopbackAddress, type LoopbackServer } from "../support/loopback";
import { SlotDatabase } from "../support/slotDatabase";
import { says } from "../support/says";

const HOST = "stage-blue.example.com";

describe("The proof before promotion", function () {
  this.timeout(30_000);
  let database: SlotDatabase;
  let identity: IssuedCertificate;
  let directory: string;
  let cluster: ClusterApi;

  before(async () => {
    database = await SlotDatabase.start();
    identity = await database.world.authority.issue([HOST]);
    directory = await mkdtemp(join(tmpdir(), "before-promotion-"));
    cluster = await ClusterApi.start(directory, database.world.authority);
  });

  after(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true });
    await database.stop();
  });

  /** A Deployment as far as this proof looks at it. */
  const deployment = (replicas: number, readyReplicas = replicas): ApiDeployment => ({
    metadata: { generation: 1 },
    spec: { replicas, template: { spec: { containers: [] } } },
    status: { readyReplicas },
  });

  function settings(stage: LoopbackServer): Record<string, string> {
    return {
      ...database.rotatorEnvironment,
      ...{ SLOT: "blue", GENERATION: "4", SECRET_VERSION: VERSION },
      PGUSER: "app_blue",
      PASSWORD_FILE: database.passwordFile("app_blue"),
      OTHER_ROLE: "app_green",
      OWNER_ROLE: "app_owner",
      STAGE_URL: `https://${stage.address}:8443`,
      STAGE_HOST: HOST,
      PROOF_BY: "description",
      ANSWERS: "2",
      TIMEOUT_SECONDS: "5",
      END_LEFTOVERS: "false",
      ...cluster.environment,
      DEPLOYMENT: "app-blue",
      AS_MANY_AS: "app-green",
    };
  }

  let stage: LoopbackServer;
  beforeEach(async () => {
    stage = await answering([RIGHT], identity);
    cluster.deployments.clear();
    cluster.deployments.set("app-blue", deployment(3));
    cluster.deployments.set("app-green", deployment(3));
  });

  afterEach(() => stage.stop());

  it("passes when the login, the rights and the stage host are right", async () => {
    const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
    assert.equal(code, 0);
    assert.deepEqual(
      { ...evidence, started: undefined, seconds: undefined, lastOther: undefined },
      {
        ...{ proof: "before-promotion", ok: true, ...RIGHT, host: HOST },
        by: "description",
        ...{ sameRightsAs: "app_green", closed: [], ready: 3, sessionsEnded: 0 },
        ...{ asked: 2, inARow: 2, otherAnswers: 0 },
        ...{ started: undefined, seconds: undefined, lastOther: undefined },
      },
    );
    assert.deepEqual(
      stage.requests.map(({ host }) => host),
      [HOST, HOST],
    );
  });

  it("waits until as many pods are ready as the other slot has to have", async () => {
    cluster.deployments.set("app-green", deployment(5, 2));
    const short = { ...settings(stage), TIMEOUT_SECONDS: "2" };
    const { code, evidence } = await proveSecretly(database, "before-promotion", short);
    assert.equal(code, 3);
    says(String(evidence.reason), /^app-blue has fewer ready pods than app-green/);
    assert.deepEqual([evidence.ready, evidence.wanted], [3, 5]);
    assert.equal(stage.requests.length, 0);
    cluster.deployments.set("app-blue", deployment(5));
    assert.equal((await proveSecretly(database, "before-promotion", settings(stage))).code, 0);
  });

  it("has nobody to match when there is no other Deployment, as on the very first deployment", async () => {
    cluster.deployments.delete("app-green");
    assert.equal((await proveSecretly(database, "before-promotion", settings(stage))).code, 0);
  });

  it("passes although the other role may not log in at present", async () => {
    await database.sql("alter role app_green nologin");
    try {
      assert.equal((await proveSecretly(database, "before-promotion", settings(stage))).code, 0);
    } finally {
      await database.sql("alter role app_green login");
    }
  });

  it("fails when the credential is wrong, before anybody is asked", async () => {
    const { code, evidence } = await proveSecretly(database, "before-promotion", {
      ...settings(stage),
      PASSWORD_FILE: await database.wrongPasswordFile(),
    });
    assert.equal(code, 1);
    assert.equal(evidence.sqlstate, "28P01");
    assert.equal(stage.requests.length, 0);
  });

  it("says so when there is no other role yet, as on the very first deployment", async () => {
    const { code, evidence } = await proveSecretly(database, "before-promotion", {
      ...settings(stage),
      OTHER_ROLE: "app_red",
    });
    assert.equal(code, 0);
    assert.equal(evidence.sameRightsAs, "no other role yet");
  });

  it("names every right that only one of the two roles has", async () => {
    await database.sql(`
      grant truncate on app.items to app_blue;
      grant references (price) on app.items to app_green;
      grant create on schema app to app_blue;
      grant temporary on database app to app_rw;
      revoke temporary on database app from public;
      grant connect on database app to app_blue with grant option;
      grant usage on sequence app.items_id_seq to app_green with grant option;
      revoke execute on function app.double(integer) from public;
      grant execute on function app.double(integer) to app_green;
      grant pg_monitor to app_green;
      alter role app_blue createdb connection limit 3;
      alter role app_green in database app set search_path = app;
      create policy blue_only on app.items to app_blue using (true)`);
    try {
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.equal(code, 1);
      const differences = evidence.differences as string[];
      for (const part of [
        "attribute role rolconnlimit: 3 for app_blue, 20 for app_green",
        "attribute role rolcreatedb: true for app_blue, false for app_green",
        "column app.items.price REFERENCES: false for app_blue, true for app_green",
        "database app CONNECT WITH GRANT OPTION: true for app_blue, false for app_green",
        "named by policy blue_only on table app.items itself: true for app_blue",
        "function app.double(integer) EXECUTE: false for app_blue, true for app_green",
        "membership pg_monitor MEMBER: false for app_blue, true for app_green",
        "membership pg_read_all_stats USAGE: false for app_blue, true for app_green",
        "relation app.items TRUNCATE: true for app_blue, false for app_green",
        "schema app CREATE: true for app_blue, false for app_green",
        "sequence app.items_id_seq USAGE WITH GRANT OPTION: false for app_blue",
        "setting search_path=app set: false for app_blue, true for app_green",
      ]) {
        assert.ok(
          differences.some((difference) => difference.startsWith(part)),
          `${part} is not among:\n${differences.join("\n")}`,
        );
      }
      assert.ok(!differences.some((difference) => difference.includes("TEMPORARY")));
      assert.equal(stage.requests.length, 0);
    } finally {
      await database.sql(`
        drop policy blue_only on app.items;
        alter role app_green in database app reset search_path;
        alter role app_blue nocreatedb connection limit 20;
        revoke pg_monitor from app_green;
        revoke all on database app from app_blue;
        revoke all on function app.double(integer) from app_green;
        grant execute on function app.double(integer) to public;
        revoke all on app.items, app.items_id_seq from app_blue, app_green;
        revoke references (price) on app.items from app_green;
        revoke create on schema app from app_blue`);
    }
  });

  it("fails when a slot's role owns something, which the other one could not use", async () => {
    await database.sql("create table app.blues (); alter table app.blues owner to app_blue");
    try {
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.equal(code, 1);
      assert.deepEqual(evidence.owned, ["app_blue owns table app.blues"]);
    } finally {
      await database.sql("drop table app.blues");
    }
  });

  it("says that it fails for what a role owns, where that is all", async () => {
    await database.sql(
      "create type app.colour as enum (); alter type app.colour owner to app_green",
    );
    try {
      const { evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.match(
        `${String(evidence.reason)}`,
        /^What app_blue or app_green owns, the other cannot/,
      );
      assert.deepEqual(
        [evidence.differences, evidence.owned],
        [[], ["app_green owns type app.colour"]],
      );
    } finally {
      await database.sql("drop type app.colour");
    }
  });

  it("counts what each role has for itself as equal where it is equal", async () => {
    const both = (statement: string) =>
      ["app_blue", "app_green"].map((role) => statement.replace("$", role)).join(";");
    await database.sql(`
      create extension postgres_fdw;
      create server elsewhere foreign data wrapper postgres_fdw;
      ${both("create user mapping for $ server elsewhere")};
      ${both("alter default privileges for role $ grant select on tables to app_rw")}`);
    try {
      assert.equal((await proveSecretly(database, "before-promotion", settings(stage))).code, 0);
      await database.sql(`
        drop user mapping for app_green server elsewhere;
        alter default privileges for role app_blue grant insert on tables to app_rw`);
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.equal(code, 1);
      says(String(evidence.reason), "app_blue and app_green", "different privileges");
      const [defaults, mapping, ...others] = evidence.differences as string[];
      assert.match(
        defaults ?? "",
        /^default privileges on type r itself: \{.*app_rw=ar.*\} for app_b/,
      );
      assert.equal(
        mapping,
        "user mapping elsewhere itself: true for app_blue, false for app_green",
      );
      assert.deepEqual([others, evidence.owned], [[], []]);
    } finally {
      await database.sql(`
        drop extension postgres_fdw cascade;
        ${both("alter default privileges for role $ revoke all on tables from app_rw")}`);
    }
  });

  it("passes while a session of either role has temporary things, which end with it", async () => {
    await database.sql("grant temporary on database app to app_rw");
    const sessions = await Promise.all([
      database.session("app_green"),
      database.session("app_blue"),
    ]);
    try {
      for (const session of sessions) {
        await session.query(`
          create temporary table cart (id bigint generated by default as identity, what text);
          create function pg_temp.now() returns int language sql return 1;
          create type pg_temp.mood as enum ('good');
          grant select on cart to app_rw`);
      }
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.deepEqual([code, evidence.differences], [0, undefined]);
    } finally {
      await Promise.all(sessions.map((session) => session.end()));
      await database.sql("revoke temporary on database app from app_rw");
    }
  });

  it("names what a member of the owner made without acting as it, which no slot can use", async () => {
    await database.sql(`
      create role somebody in role app_owner;
      set role somebody;
      create table app.theirs (id bigserial);
      create view app.looks as select 1 as one;
      create function app.secret() returns int language sql return 1;
      revoke execute on function app.secret from public;
      reset role`);
    try {
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.equal(code, 0);
      assert.deepEqual(evidence.closed, [
        "app.looks, of somebody: no SELECT",
        "app.secret(), of somebody: no EXECUTE",
        "app.theirs, of somebody: no SELECT, INSERT, UPDATE, DELETE",
        "app.theirs_id_seq, of somebody: no USAGE",
      ]);
    } finally {
      await database.sql("drop owned by somebody; drop role somebody");
    }
  });

  it("ends older sessions when it is told to, and only then", async () => {
    const leftover = await database.session("app_blue");
    const lost = new Promise((resolve) => leftover.once("end", resolve));
    await proveSecretly(database, "before-promotion", settings(stage));
    assert.ok((await leftover.query("select 1")).rows.length === 1);
    const { code, evidence } = await proveSecretly(database, "before-promotion", {
      ...settings(stage),
      END_LEFTOVERS: "true",
    });
    await lost;
    assert.equal(code, 0);
    assert.equal(evidence.sessionsEnded, 1);
    assert.equal(await database.sessions("app_blue"), 0);
  });

  it("cannot decide without a database, and says so in time", async () => {
    const { code, evidence } = await proveSecretly(database, "before-promotion", {
      ...settings(stage),
      PGHOST: loopbackAddress(),
      TIMEOUT_SECONDS: "1",
    });
    assert.equal(code, 3);
    assert.match(String(evidence.reason), /ECONNREFUSED/);
  });
});
