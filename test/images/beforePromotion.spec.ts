import * as assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { IssuedCertificate } from "../../twin/world/certificates";
import { type ApiDeployment, type ApiPod, ClusterApi } from "../support/clusterApi";
import { answering, proveSecretly, VERSION, RIGHT } from "../support/proofs";
import { loopbackAddress, type LoopbackServer } from "../support/loopback";
import { SlotDatabase } from "../support/slotDatabase";
import { says } from "../support/says";

const HOST = "stage-blue.example.com";
/** Seconds that the server gives a login. */
const LOGIN_SECONDS = 3;

describe("The proof before promotion", function () {
  this.timeout(30_000);
  let database: SlotDatabase;
  let identity: IssuedCertificate;
  let directory: string;
  let cluster: ClusterApi;

  before(async () => {
    database = await SlotDatabase.start({ loginSeconds: LOGIN_SECONDS });
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
  const LABELS = { "app.kubernetes.io/instance": "app-blue" };

  const pod = (name: string, created: number, template = "1", of = "app-blue"): ApiPod => ({
    metadata: {
      name,
      // Whole seconds, as the API has them.
      creationTimestamp: new Date(created - (created % 1000)).toISOString(),
      labels: { ...LABELS, "pod-template-hash": template },
      ownerReferences: [{ name: `${of}-${template}` }],
    },
    spec: { containers: [] },
    status: { phase: "Running" },
  });

  function settings(stage: LoopbackServer): Record<string, string> {
    return {
      ...database.rotatorEnvironment,
      ...{ SLOT: "blue", GENERATION: "4", SECRET_VERSION: VERSION },
      PGUSER: "app_blue",
      PASSWORD_FILE: database.passwordFile("app_blue"),
      OTHER_ROLE: "app_green",
      GROUP_ROLE: "app_rw",
      OWNER_ROLE: "app_owner",
      CONNECTION_LIMIT: "20",
      STAGE_URL: `https://${stage.address}:8443`,
      STAGE_HOST: HOST,
      PROOF_BY: "description",
      ANSWERS: "2",
      TIMEOUT_SECONDS: "5",
      END_LEFTOVERS: "false",
      ...cluster.environment,
      DEPLOYMENT: "app-blue",
      POD_SELECTORS: "app.kubernetes.io/instance=app-blue",
      AS_MANY_AS: "app-green",
    };
  }

  let stage: LoopbackServer;
  beforeEach(async () => {
    stage = await answering([RIGHT], identity);
    cluster.pods = [pod("old", Date.now() - 60_000)];
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
        ...{ sameRightsAs: "app_green", closed: [], beyond: [], ready: 3 },
        ...{ waitedForLogins: 0, sessionsEnded: 0 },
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

  it("cannot decide while a selector finds no pod", async () => {
    const { code, evidence } = await proveSecretly(database, "before-promotion", {
      ...settings(stage),
      POD_SELECTORS: "app.kubernetes.io/instance=app-blue\napp=worker",
      TIMEOUT_SECONDS: "1",
    });
    assert.equal(code, 3);
    assert.deepEqual(evidence.missing, ["no pod has these labels: app=worker"]);
    assert.equal(stage.requests.length, 0);
  });

  describe("of a slot that acts as the owner", () => {
    const acting = () => ({ ...settings(stage), ACT_AS_ROLE: "app_owner" });

    afterEach(() => database.sql("alter role app_blue reset all; revoke app_owner from app_blue"));

    it("passes when its sessions do", async () => {
      await database.sql("grant app_owner to app_blue; alter role app_blue set role = app_owner");
      const { code, evidence } = await proveSecretly(database, "before-promotion", acting());
      assert.deepEqual([code, evidence.actsAs, evidence.sessionUser], [0, "app_owner", "app_blue"]);
    });

    const lacks: [string, string, string][] = [
      ["it was set to act as nobody", "grant app_owner to app_blue", "app_blue"],
      ["it is no member of the owner", "alter role app_blue set role = app_owner", "app_blue"],
      [
        "its membership does not let it",
        "grant app_owner to app_blue with set false; alter role app_blue set role = app_owner",
        "app_blue",
      ],
      ["it was set to act as another role", "alter role app_blue set role = app_rw", "app_rw"],
    ];

    for (const [what, arrange, instead] of lacks) {
      it(`fails when ${what}, although the login succeeds`, async () => {
        await database.sql(arrange);
        const { code, evidence } = await proveSecretly(database, "before-promotion", acting());
        assert.deepEqual(
          [code, evidence.reason],
          [1, `A session of app_blue acts as ${instead}, not as app_owner`],
        );
        assert.equal(stage.requests.length, 0);
      });
    }
  });

  describe("of the first slot that takes a login over", () => {
    const LEGACY = "Shop-App.Legacy";
    const taking = (owner = LEGACY) => ({
      ...settings(stage),
      ...{ OTHER_ROLE: LEGACY, GROUP_ROLE: owner, OWNER_ROLE: owner, ACT_AS_ROLE: owner },
      ROTATOR_DATABASE: "postgres",
      END_LEFTOVERS: "true",
    });
    const prove = (owner?: string) => proveSecretly(database, "before-promotion", taking(owner));

    before(async () => {
      await database.sql(
        `create schema app_rotation; grant usage on schema app_rotation to app_rotator;
         create function app_rotation.end_sessions(text) returns bigint language sql
           security definer as $$ select count(*) from pg_stat_activity where usename = $1 $$`,
        "postgres",
      );
      await database.sql(
        `revoke usage on schema app_rotation from app_rotator; revoke app_rw from app_blue;
         create role "${LEGACY}" login; create role shop_owner; grant pg_monitor to "${LEGACY}";
         alter role "${LEGACY}" set statement_timeout = 15000; create schema shop;
         grant usage on schema shop to "${LEGACY}";
         create table shop.orders (id int); alter table shop.orders owner to "${LEGACY}";
         create policy own on shop.orders to "${LEGACY}" using (true);
         create table shop.shared (id int); grant select on shop.shared to "${LEGACY}"`,
      );
    });
    after(async () => {
      await database.sql("drop schema app_rotation cascade", "postgres");
      await database.sql(
        `grant usage on schema app_rotation to app_rotator; grant app_rw to app_blue;
         drop schema shop cascade; drop role "${LEGACY}", shop_owner`,
      );
    });
    afterEach(() =>
      database.sql(
        `alter role app_blue reset all; revoke "${LEGACY}" from app_blue; revoke shop_owner from app_blue`,
      ),
    );

    it("passes when its sessions act as that login, and asks the rotator's own database", async () => {
      await database.sql(
        `grant "${LEGACY}" to app_blue; alter role app_blue set role = "${LEGACY}"`,
      );
      const { code, evidence } = await prove();
      assert.deepEqual(
        [code, evidence.actsAs, evidence.sameRightsAs, evidence.sessionsEnded],
        [0, LEGACY, LEGACY, 0],
        JSON.stringify(evidence),
      );
    });

    it("fails when the login has rights that the owner, as which it acts, has not", async () => {
      await database.sql(
        `grant shop_owner to app_blue, "${LEGACY}"; alter role app_blue set role = shop_owner`,
      );
      const { code, evidence } = await prove("shop_owner");
      assert.equal(code, 1, JSON.stringify(evidence));
      assert.deepEqual(
        (evidence.differences as string[]).filter((each) => !/membership pg_/.test(each)),
        [
          "named by schema shop itself",
          "named by table shop.shared itself",
          "relation shop.shared SELECT",
          "schema shop USAGE",
        ],
      );
    });

    it("fails when its membership is lost, although the login succeeds", async () => {
      await database.sql(`alter role app_blue set role = "${LEGACY}"`);
      const { code, evidence } = await prove();
      assert.deepEqual(
        [code, evidence.reason],
        [1, `A session of app_blue acts as app_blue, not as ${LEGACY}`],
      );
    });
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

  it("names every right that the group or the other role was given and the slot has not", async () => {
    await database.sql(`
      grant truncate on app.items to app_green;
      grant references (price) on app.items to app_green;
      grant create on schema app to app_green;
      grant connect on database app to app_green with grant option;
      grant usage on sequence app.items_id_seq to app_green with grant option;
      revoke execute on function app.double(integer) from public;
      grant execute on function app.double(integer) to app_green;
      grant pg_monitor to app_green;
      create policy green_only on app.items to app_green using (true);
      create view app.prices as select price from app.items;
      grant select on app.prices to app_rw;
      revoke app_rw from app_blue;
      grant app_rw to app_blue with inherit false;
      alter role app_blue createdb connection limit 3`);
    try {
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.equal(code, 1);
      says(String(evidence.reason), "app_blue lacks privileges of app_rw and app_green");
      const differences = evidence.differences as string[];
      for (const part of [
        "attribute rolconnlimit: 3, not 20",
        "attribute rolcreatedb: true, not false",
        "column app.items.price REFERENCES",
        "database app CONNECT WITH GRANT OPTION",
        "named by policy green_only on table app.items itself",
        "function app.double(integer) EXECUTE",
        "membership app_rw USAGE",
        "membership pg_monitor MEMBER",
        "membership pg_read_all_stats USAGE",
        "relation app.items TRUNCATE",
        "relation app.prices SELECT",
        "schema app CREATE",
        "sequence app.items_id_seq USAGE WITH GRANT OPTION",
      ]) {
        assert.ok(differences.includes(part), `${part} is not among:\n${differences.join("\n")}`);
      }
      assert.ok(!differences.some((difference) => difference.includes("TEMPORARY")));
      assert.equal(stage.requests.length, 0);
    } finally {
      await database.sql(`
        drop policy green_only on app.items;
        drop view app.prices;
        grant app_rw to app_blue with inherit true;
        alter role app_blue nocreatedb connection limit 20;
        revoke pg_monitor from app_green;
        revoke all on database app from app_green;
        revoke all on function app.double(integer) from app_green;
        grant execute on function app.double(integer) to public;
        revoke all on app.items, app.items_id_seq from app_green;
        revoke references (price) on app.items from app_green;
        revoke create on schema app from app_green`);
    }
  });

  /** What the holder of a slot's password does to its own role, with what undoes it. */
  const tricks: Readonly<Record<string, { does: string; undone: string; beyond: RegExp }>> = {
    "settings of its own role": {
      does: `alter role current_user set application_name = 'mine';
             alter role current_user in database app set work_mem = '8MB'`,
      undone: `alter role app_green reset all; alter role app_green in database app reset all`,
      beyond: /^setting application_name=mine set: app_green only$/m,
    },
    "large objects, shared with everybody whom it knows": {
      does: `select lo_create(4711), lo_create(4712);
             grant all on large object 4711 to app_blue, app_rw;
             grant all on large object 4712 to app_green`,
      undone: "select lo_unlink(4711), lo_unlink(4712)",
      beyond: /^app_green owns large object 4711$/m,
    },
    "default privileges": {
      does: `alter default privileges grant all on tables to app_blue, app_rw;
             alter default privileges in schema app revoke execute on functions from app_rw`,
      undone: "drop owned by app_green",
      beyond: /^default privileges on type r itself: app_green only$/m,
    },
    "a password of its own": {
      does: "alter role current_user password 'mine'",
      undone: "alter role app_green password null",
      beyond: /^$/m,
    },
  };

  for (const [what, { does, undone, beyond }] of Object.entries(tricks)) {
    it(`cannot be made to fail by the other role's holder with ${what}`, async () => {
      const holder = await database.session("app_green");
      try {
        await holder.query(does);
        const { code, evidence } = await proveSecretly(
          database,
          "before-promotion",
          settings(stage),
        );
        assert.deepEqual([code, evidence.reason], [0, undefined]);
        assert.match((evidence.beyond as string[]).join("\n"), beyond);
      } finally {
        await holder.end();
        await database.sql(undone);
        await database.restorePassword("app_green");
      }
    });
  }

  it("cannot be made to fail by a policy for the new role on a temporary table", async () => {
    await database.sql("grant temporary on database app to app_rw");
    const holder = await database.session("app_green");
    try {
      await holder.query(`
        create temporary table mine (id int);
        create policy one on mine to app_green using (true);
        create policy other on mine to app_blue using (true)`);
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.deepEqual([code, evidence.reason], [0, undefined]);
    } finally {
      await holder.end();
      await database.sql("revoke temporary on database app from app_rw");
    }
  });

  it("names what the slot may do and nobody has to, which is no reason to fail", async () => {
    await database.sql("grant truncate on app.items to app_blue");
    try {
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.deepEqual([code, evidence.reason], [0, undefined]);
      assert.deepEqual(evidence.beyond, [
        "named by table app.items itself: app_blue only",
        "relation app.items TRUNCATE: app_blue only",
      ]);
    } finally {
      await database.sql("revoke truncate on app.items from app_blue");
    }
  });

  it("logs in and decides although its role has settings that would mislead it", async () => {
    await database.sql(`
      grant usage on schema app to public;
      create function app.eq(name, name) returns boolean language sql return false;
      create operator app.= (leftarg = name, rightarg = name, function = app.eq);
      alter role app_blue set search_path = app, pg_catalog;
      alter role app_blue set role = app_rw;
      alter role app_blue set default_transaction_read_only = on;
      alter role app_blue set local_preload_libraries = 'nothing_of_this_name'`);
    try {
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.deepEqual([code, evidence.reason], [0, undefined]);
      assert.match(String(evidence.beyond), /setting role=app_rw set: app_blue only/);
    } finally {
      await database.sql(`
        alter role app_blue reset all;
        drop operator app.= (name, name);
        drop function app.eq(name, name);
        revoke usage on schema app from public`);
    }
  });

  it("says what it could not list, instead of failing for it", async () => {
    const holder = await database.session("app_green");
    try {
      await holder.query("select lo_create(n) from generate_series(5000, 5199) as n");
      const { code, evidence } = await proveSecretly(database, "before-promotion", settings(stage));
      assert.equal(code, 0);
      const beyond = evidence.beyond as string[];
      assert.deepEqual([beyond.length, beyond.at(-1)], [51, "and more"]);
    } finally {
      await holder.query("select lo_unlink(n::oid) from generate_series(5000, 5199) as n");
      await holder.end();
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
      assert.deepEqual([code, evidence.beyond], [0, []]);
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

  describe("of slots that act as the owner", () => {
    const slots = ["app_blue", "app_green"];

    before(() =>
      database.sql(
        slots
          .map((slot) => `grant app_owner to ${slot}; alter role ${slot} set role = app_owner;`)
          .join(""),
      ),
    );
    after(() =>
      database.sql(
        slots
          .map((slot) => `alter role ${slot} reset role; revoke app_owner from ${slot};`)
          .join(""),
      ),
    );

    const prove = () => proveSecretly(database, "before-promotion", settings(stage));

    it("cannot be made to fail by what the other role's holder grants itself of the owner's", async () => {
      const holder = await database.session("app_green");
      try {
        await holder.query(`
          create table app.mine (id bigserial, name text);
          create function app.mine() returns int language sql return 1;
          create type app.mood as enum ('good');
          revoke all on app.mine, app.mine_id_seq from app_owner, app_rw;
          revoke all on function app.mine from public, app_owner, app_rw;
          grant select, truncate on app.mine to app_green with grant option;
          grant references (name) on app.mine to app_green;
          grant usage on sequence app.mine_id_seq to app_green;
          grant execute on function app.mine to app_green;
          grant usage on type app.mood to app_green;
          create policy mine on app.mine to app_green using (true);
          revoke create on schema app from app_owner;
          grant create on schema app to app_green;
          set role none;
          create table app.itsown (id int);
          create function app.itsown() returns int language sql return 1;
          revoke execute on function app.itsown from public`);
        const { code, evidence } = await prove();
        assert.deepEqual([code, evidence.differences], [0, undefined]);
        const beyond = evidence.beyond as string[];
        for (const part of [
          "app_green owns table app.itsown",
          "named by column name of table app.mine itself: app_green only",
          "named by function app.mine() itself: app_green only",
          "named by policy mine on table app.mine itself: app_green only",
          "named by schema app itself: app_green only",
          "named by sequence app.mine_id_seq itself: app_green only",
          "named by table app.mine itself: app_green only",
          "named by type app.mood itself: app_green only",
        ]) {
          assert.ok(beyond.includes(part), `${part} is not among:\n${beyond.join("\n")}`);
        }
      } finally {
        await holder.end();
        await database.sql(`
          drop table app.mine, app.itsown; drop function app.itsown; drop function app.mine; drop type app.mood;
          revoke all on schema app from app_green; grant create on schema app to app_owner`);
      }
    });

    it("fails for what somebody else gave the other role, or took from this one", async () => {
      await database.sql(`
        grant connect on database app to app_green with grant option;
        create table public.theirs (id int);
        grant select on public.theirs to app_green;
        grant app_owner to app_blue with set false`);
      try {
        const { code, evidence } = await prove();
        assert.equal(code, 1);
        assert.deepEqual(evidence.differences, [
          "database app CONNECT WITH GRANT OPTION",
          "membership app_owner SET",
          "named by database app itself",
          "named by table public.theirs itself",
          "relation public.theirs SELECT",
        ]);
      } finally {
        await database.sql(`
          grant app_owner to app_blue with set true;
          drop table public.theirs;
          revoke all on database app from app_green`);
      }
    });

    it("names what a slot made as itself, which is of no use to the owner", async () => {
      const slot = await database.session("app_blue");
      try {
        await slot.query("set role none; create table app.own (id int)");
        const { code, evidence } = await prove();
        assert.equal(code, 0);
        assert.deepEqual(evidence.closed, [
          "app.own, of app_blue: no SELECT, INSERT, UPDATE, DELETE",
        ]);
        assert.deepEqual(evidence.beyond, ["app_blue owns table app.own"]);
      } finally {
        await slot.query("drop table app.own");
        await slot.end();
      }
    });
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

  it("outlasts a login that began before the role got its password, and ends its session", async () => {
    const now = await readFile(database.passwordFile("app_blue"), "utf8");
    await database.sql("alter role app_blue nologin password 'the one before'");
    const held = await database.heldLogin("app_blue", "the one before");
    await database.sql(`alter role app_blue login password '${now}'`);
    // The first pod of the newest template counts, not what is left of an earlier one, nor a pod of a
    // workload that no password makes anew, even where the cluster has just replaced another one of it.
    const made = Date.now();
    cluster.pods = [
      ...[pod("a", made - 60_000, "1"), pod("b", made, "2"), pod("c", made + 900, "2")],
      ...[pod("d", made - 60_000, "3", "cache"), pod("e", made + 950, "3", "cache")],
    ];
    const proof = proveSecretly(database, "before-promotion", {
      ...settings(stage),
      END_LEFTOVERS: "true",
      TIMEOUT_SECONDS: "15",
    });
    while (!cluster.asked.some(({ path }) => path.endsWith("/deployments/app-green"))) {
      await once(cluster.server, "request");
    }
    // Whoever ends sessions now has ended them by then.
    await pause(1000);
    const session = await held.finish();
    const ended = new Promise((resolve) => session.once("end", resolve));
    const { code, evidence } = await proof;
    assert.deepEqual([code, evidence.sessionsEnded], [0, 1]);
    await ended;
    assert.ok(Number(evidence.waitedForLogins) >= LOGIN_SECONDS - 1, JSON.stringify(evidence));
    assert.equal(await database.sessions("app_blue"), 0);
  });

  it("cannot decide where such a login outlasts its own time", async () => {
    // However long the proof takes to start.
    cluster.pods = [pod("new", Date.now() + 10_000)];
    const { code, evidence } = await proveSecretly(database, "before-promotion", {
      ...settings(stage),
      END_LEFTOVERS: "true",
      TIMEOUT_SECONDS: "2",
    });
    assert.deepEqual(
      [code, evidence.reason],
      [3, "A login with the password before may still come through"],
    );
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
