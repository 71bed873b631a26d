import assert from "node:assert";

import { PostgresqlProvider } from "../../../../twin/postgresql/provider";
import {
  Secret,
  UNKNOWN,
  type Difference,
  type Properties,
} from "../../../../twin/plugin/provider";

const TOKENS = {
  DefaultPrivileges: "postgresql:index/defaultPrivileges:DefaultPrivileges",
  Function: "postgresql:index/function:Function",
  Grant: "postgresql:index/grant:Grant",
  Role: "postgresql:index/role:Role",
  Schema: "postgresql:index/schema:Schema",
} as const;

type Type = keyof typeof TOKENS;

/** No case here reaches a server. */
const provider = new PostgresqlProvider();

function resource(type: Type) {
  return { urn: `urn:pulumi:s::p::${TOKENS[type]}::r`, type: TOKENS[type], name: "r" };
}

function check(type: Type, inputs: Properties, oldInputs: Properties = {}) {
  return provider.check({ ...resource(type), inputs, oldInputs, randomSeed: Buffer.alloc(32, 7) });
}

async function planned(type: Type, inputs: Properties): Promise<Properties> {
  const checked = await check(type, inputs);
  const call = { ...resource(type), inputs: checked.inputs, preview: true, timeout: 0 };
  return (await provider.create(call)).outputs;
}

/** What changes when a resource with this state gets these inputs. */
async function diff(
  type: Type,
  state: Properties,
  inputs: Properties,
  ignoreChanges: string[] = [],
): Promise<Difference> {
  const checked = await check(type, inputs);
  assert.deepEqual(checked.failures, []);
  return provider.diff({
    ...resource(type),
    id: "id",
    oldInputs: {},
    state,
    inputs: checked.inputs,
    ignoreChanges,
  });
}

async function details(type: Type, state: Properties, inputs: Properties) {
  return (await diff(type, state, inputs)).detailedDiff;
}

async function reasons(type: Type, inputs: Properties): Promise<string[]> {
  return (await check(type, inputs)).failures.map(({ reason }) => reason);
}

describe("inputs and differences of the postgresql twin", () => {
  const grant = { database: "app", role: "rw", objectType: "table", schema: "app" };
  const roleState = {
    name: "r",
    connectionLimit: -1,
    encryptedPassword: true,
    inherit: true,
    validUntil: "infinity",
  };
  const counted = {
    name: "count",
    schema: "app",
    database: "app",
    returns: "bigint",
    body: "BEGIN END",
    args: [{ name: "role", type: "text" }],
  };
  const countedState = {
    ...counted,
    args: [{ default: "", mode: "IN", name: "role", type: "text" }],
    dropCascade: false,
    language: "plpgsql",
    parallel: "UNSAFE",
    securityDefiner: false,
    strict: false,
    volatility: "VOLATILE",
  };

  describe("check", () => {
    it("fills in what is not nothing, in the arguments of functions too", async () => {
      const { inputs } = await check("Function", counted);
      assert.deepEqual(inputs["args"], [
        { __defaults: ["mode"], mode: "IN", name: "role", type: "text" },
      ]);
      assert.deepEqual(inputs["__defaults"], ["language", "parallel", "volatility"]);
    });

    it("keeps the name that it made up once", async () => {
      const { inputs } = await check("Role", {});
      const again = await check("Role", {}, { ...inputs, name: "r-0000000" });
      assert.equal(again.inputs["name"], "r-0000000");
      const named = await check("Role", {}, { __defaults: [], name: "by-hand" });
      assert.match(named.inputs["name"] as string, /^r-[0-9a-f]{7}$/);
    });

    it("reads numbers and booleans from text, as configuration files have them", async () => {
      const { inputs, failures } = await check("Role", { connectionLimit: "20", login: "true" });
      assert.deepEqual(failures, []);
      assert.equal(inputs["connectionLimit"], 20);
      assert.equal(inputs["login"], true);
    });

    it("marks a password as secret whoever forgot to", async () => {
      const { inputs } = await check("Role", { password: "forgotten" });
      assert.deepEqual(inputs["password"], new Secret("forgotten"));
    });

    it("never repeats a password in a refusal", async () => {
      const refused = await check("Role", { password: ["in a list"] });
      assert.equal(refused.failures.length, 1);
      assert.ok(!JSON.stringify(refused.failures).includes("in a list"));
    });

    it("names everything that is missing, and what it is for", async () => {
      assert.deepEqual(await reasons("Grant", { database: "app", privileges: [] }), [
        "Missing required property 'objectType': The PostgreSQL object type to grant the " +
          "privileges on (one of: database, function, procedure, routine, schema, sequence, " +
          "table, foreign_data_wrapper, foreign_server, column)",
        "Missing required property 'role': The name of the role to grant privileges on",
      ]);
      assert.deepEqual(await reasons("Function", { body: "", args: [{ name: "role" }] }), [
        "Missing required property 'args[0].type': The argument type.",
      ]);
    });

    it("refuses what does not go together", async () => {
      const both = { password: "a", passwordWo: "b", passwordWoVersion: "1" };
      assert.equal((await reasons("Role", both)).length, 3);
      assert.deepEqual(await reasons("Role", { passwordWo: "b" }), [
        '"password_wo": all of `password_wo,password_wo_version` must be specified. ' +
          "Examine values at 'r.passwordWo'.",
      ]);
    });
  });

  describe("plan", () => {
    it("leaves to the server what only the server knows", async () => {
      const outputs = await planned("Schema", { name: "app" });
      assert.equal(outputs["owner"], UNKNOWN);
      assert.equal(outputs["database"], UNKNOWN);
      assert.equal(outputs["dropCascade"], false);
    });

    it("keeps unknown what is not known yet", async () => {
      const outputs = await planned("Role", { name: UNKNOWN, password: new Secret(UNKNOWN) });
      assert.equal(outputs["name"], UNKNOWN);
      assert.deepEqual(outputs["password"], new Secret(UNKNOWN));
    });
  });

  describe("diff", () => {
    it("replaces a grant when an object is added, the old one first", async () => {
      const state = { ...grant, objects: ["a"], privileges: ["SELECT"] };
      const inputs = { ...grant, objects: ["a", "b"], privileges: ["SELECT"] };
      assert.deepEqual(await diff("Grant", state, inputs), {
        changes: "some",
        replaces: ["objects"],
        deleteBeforeReplace: true,
        diffs: ["objects"],
        detailedDiff: { "objects[1]": "add-replace" },
      });
    });

    it("does not mind the order of privileges", async () => {
      const state = { ...grant, privileges: ["INSERT", "SELECT"] };
      const { changes } = await diff("Grant", state, {
        ...grant,
        privileges: ["SELECT", "INSERT"],
      });
      assert.equal(changes, "none");
    });

    it("tells a privilege that takes the place of another from one that is new", async () => {
      const state = { ...grant, privileges: ["SELECT"] };
      assert.deepEqual(await details("Grant", state, { ...grant, privileges: ["UPDATE"] }), {
        "privileges[0]": "update",
      });
    });

    it("calls the first elements of a list an addition, and the last ones a removal", async () => {
      const member = { name: "r", roles: ["rw"] };
      const none = { ...roleState, roles: null };
      assert.deepEqual(await details("Role", none, member), { roles: "add" });
      const one = { ...roleState, roles: ["rw"] };
      assert.deepEqual(await details("Role", one, { name: "r" }), { roles: "delete" });
      assert.deepEqual(await details("Role", { ...roleState, roles: [] }, { name: "r" }), {});
    });

    it("finds the shortest change of a search path", async () => {
      const state = { ...roleState, searchPaths: ["a", "b", "c"] };
      assert.deepEqual(await details("Role", state, { name: "r", searchPaths: ["b", "c", "d"] }), {
        "searchPaths[0]": "delete",
        "searchPaths[2]": "add",
      });
    });

    it("updates a role in place, whatever changes", async () => {
      const state = { name: "a", login: false, connectionLimit: 5 };
      const { replaces } = await diff("Role", state, { name: "b", login: true });
      assert.deepEqual(replaces, []);
    });

    it("leaves a function alone when its body only has dollar quotes around it", async () => {
      const body = "AS $body$ BEGIN END $body$ LANGUAGE plpgsql";
      assert.deepEqual(await details("Function", countedState, { ...counted, body }), {});
    });

    it("updates the body of a function and replaces its arguments", async () => {
      const other = { ...counted, body: "BEGIN NULL; END" };
      assert.deepEqual(await details("Function", countedState, other), { body: "update" });
      const args = [{ name: "role", type: "name" }];
      assert.deepEqual(await diff("Function", countedState, { ...counted, args }), {
        changes: "some",
        replaces: ["args"],
        // Two functions of one name would otherwise be there at once.
        deleteBeforeReplace: true,
        diffs: ["args"],
        detailedDiff: { "args[0].type": "update-replace" },
      });
    });

    it("counts what the server fills in for no difference when something else replaces", async () => {
      const state = { name: "app", database: "one", owner: "admin", ifNotExists: true };
      const inputs = { name: "app", database: "two", ifNotExists: true };
      const difference = await diff("Schema", state, inputs);
      assert.deepEqual(difference.replaces, ["database"]);
      assert.deepEqual(difference.detailedDiff, { database: "update-replace" });
    });

    it("takes a value that is not known yet for another one", async () => {
      const state = { ...grant, privileges: ["SELECT"], owner: "app_owner" };
      const inputs: Properties = { ...grant, privileges: ["SELECT"], owner: UNKNOWN };
      assert.deepEqual(await details("DefaultPrivileges", state, inputs), {
        owner: "update-replace",
      });
    });

    it("ignores what it is told to ignore", async () => {
      const state = { ...grant, privileges: ["SELECT"], withGrantOption: true };
      const inputs = { ...grant, privileges: ["SELECT"] };
      assert.equal((await diff("Grant", state, inputs)).changes, "some");
      assert.equal((await diff("Grant", state, inputs, ["withGrantOption"])).changes, "none");
    });
  });
});
