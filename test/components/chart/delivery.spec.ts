import assert from "node:assert";
import {
  deliveredName,
  fileNameProblem,
  filledKeys,
  passwordKey,
  retiredName,
  secretKeysProblems,
} from "../../../components/chart/delivery";

const VERSION = "1f880d4c00000000000000000000abcd";
const PASSWORD = "${password}";

describe("delivery", () => {
  const slot = { slot: "blue", generation: 4 } as const;

  it("names a file's class by secret and version, and a Secret by its generation as well", () => {
    assert.strictEqual(deliveredName("app", slot, undefined, VERSION), "app-blue-1f880d4c");
    assert.strictEqual(deliveredName("app", slot, { by: "file" }, VERSION), "app-blue-1f880d4c");
    const secret = deliveredName("app", slot, { by: "secret" }, VERSION);
    assert.strictEqual(secret, "app-blue-4-1f880d4c");
  });

  it("names what is read in another way otherwise, so that nothing changes under running pods", () => {
    const named = (delivery: Parameters<typeof deliveredName>[2]) =>
      deliveredName("app", slot, delivery, VERSION);
    assert.match(named({ by: "file", fileName: "db" }), /^app-blue-[0-9a-f]{6}-1f880d4c$/);
    assert.notStrictEqual(
      named({ by: "file", fileName: "db" }),
      named({ by: "file", fileName: "pw" }),
    );
    const uri = { password: PASSWORD, uri: "postgresql://${role}:${password}@${host}/x" };
    assert.match(named({ by: "secret", keys: uri }), /^app-blue-4-[0-9a-f]{6}-1f880d4c$/);
    assert.notStrictEqual(
      named({ by: "secret", keys: uri }),
      named({ by: "secret", keys: { ...uri, uri: "${password}" } }),
    );
  });

  it("names a Secret otherwise that somebody else writes", () => {
    const named = (delivery: Parameters<typeof deliveredName>[2]) =>
      deliveredName("app", slot, delivery, VERSION);
    const held = named({ by: "secret", from: "vault" });
    assert.match(held, /^app-blue-4-[0-9a-f]{6}-1f880d4c$/);
    assert.notStrictEqual(named({ by: "secret", from: "vault", keys: { PW: PASSWORD } }), held);
    assert.strictEqual(named({ by: "secret", from: "program" }), named({ by: "secret" }));
  });

  it("has nothing but the password in a Secret that the vault's driver writes", () => {
    const keys = { password: PASSWORD, PGUSER: "${role}", uri: "postgresql://${password}@hunter2" };
    assert.deepStrictEqual(secretKeysProblems(keys), []);
    const problems = secretKeysProblems(keys, "vault");
    assert.deepStrictEqual(
      problems.map(
        (problem) => /in the key "(\w+)" with rotation:secretFrom vault/.exec(problem)?.[1],
      ),
      ["PGUSER", "uri"],
    );
    assert.ok(problems.every((problem) => !problem.includes("hunter2")));
    assert.deepStrictEqual(secretKeysProblems({ a: PASSWORD, b: PASSWORD }, "vault"), []);
  });

  it("takes the usual file and keys, and keys in another order, for the same", () => {
    const named = (delivery: Parameters<typeof deliveredName>[2]) =>
      deliveredName("app", slot, delivery, VERSION);
    assert.strictEqual(named({ by: "file", fileName: "password" }), named(undefined));
    assert.strictEqual(
      named({ by: "secret", keys: { password: PASSWORD } }),
      named({ by: "secret" }),
    );
    assert.strictEqual(
      named({ by: "secret", keys: { a: PASSWORD, b: "${role}" } }),
      named({ by: "secret", keys: { b: "${role}", a: PASSWORD } }),
    );
  });

  it("refers a retired slot to what is never there", () => {
    assert.strictEqual(retiredName("app", "blue", undefined), "app-blue");
    assert.strictEqual(retiredName("app", "blue", { by: "secret" }), "app-blue-none");
  });

  it("replaces every placeholder, and nothing else that has a dollar", () => {
    const keys = {
      password: PASSWORD,
      uri: "postgresql://${role}:${password}@${host}:${port}/${database}?sslmode=verify-full",
      kept: "$(PGPASSWORD) $role $& $$",
    };
    const values = {
      password: "a1$&b2",
      role: "app_blue",
      host: "db.example.com",
      port: "5432",
      database: "app",
    };
    assert.deepStrictEqual(filledKeys(keys, values), {
      password: "a1$&b2",
      uri: "postgresql://app_blue:a1$&b2@db.example.com:5432/app?sslmode=verify-full",
      kept: "$(PGPASSWORD) $role $& $$",
    });
    assert.strictEqual(passwordKey({ ...keys, password: "x", PGPASSWORD: PASSWORD }), "PGPASSWORD");
  });

  it("says everything that is wrong with keys, and nothing that they hold", () => {
    assert.deepStrictEqual(secretKeysProblems({ password: PASSWORD, "a.b-C_1": "" }), []);
    const problems = secretKeysProblems({
      "a/b": "hunter2-${user}",
      "..": "x",
      uri: "${role}:${passwort}",
    });
    assert.strictEqual(problems.length, 5, problems.join("\n"));
    for (const [pattern, problem] of [
      [/must not have the key "a\/b": Kubernetes allows/, problems[0]],
      [/must not have the key "\.\."/, problems[1]],
      [/must not use \$\{user\} in the key "a\/b"\. Known are \$\{password\}, /, problems[2]],
      [/must not use \$\{passwort\} in the key "uri"/, problems[3]],
      [/must have a key that is exactly \$\{password\}/, problems[4]],
    ] as const) {
      assert.match(problem ?? "", pattern);
    }
    assert.ok(!problems.join().includes("hunter2"));
    // Part of a text is not the password alone.
    assert.strictEqual(secretKeysProblems({ uri: `x${PASSWORD}` }).length, 1);
  });

  it("takes a file's name as Kubernetes takes a key, in no folder", () => {
    for (const name of ["password", "spring.datasource.password", "DB_PASSWORD", ".pgpass"]) {
      assert.strictEqual(fileNameProblem(name), undefined, name);
    }
    for (const name of ["", "a/b", "/a", "..", ".", "..a", "a b", "a\n", "x".repeat(254)]) {
      assert.match(fileNameProblem(name) ?? "", /without a slash, not "/, name);
    }
  });
});
