import assert from "node:assert";
import { createHash, createHmac } from "node:crypto";
import pg from "pg";
import { scramVerifier } from "../../../components/rotation/scramVerifier";
import { PlainPostgres } from "../../support/postgres";

const IDENTITY = ["app", "app_blue", "4"];
const PASSWORD = "KtV3vY0bXnJ9wQ7sLm2RzGd8HfCa5TpEuBxN1oWi";

/** The parts of `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`. */
function partsOf(verifier: string) {
  const match = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(verifier);
  assert.ok(match, `${verifier} is no verifier`);
  const [, iterations, ...encoded] = match;
  const [salt, storedKey, serverKey] = encoded.map((text) => Buffer.from(text, "base64"));
  return { iterations, salt: salt!, storedKey: storedKey!, serverKey: serverKey! };
}

describe("scramVerifier", () => {
  it("is always the same for the same credential", () => {
    assert.strictEqual(scramVerifier(PASSWORD, IDENTITY), scramVerifier(PASSWORD, IDENTITY));
  });

  it("has another salt for another application, role or generation, whatever the password", () => {
    const identities = [
      IDENTITY,
      ["app", "app_blue", "6"],
      ["app", "app_green", "4"],
      ["shop", "app_blue", "4"],
      // What is joined must not read the same when it is cut elsewhere.
      ["app", "app_blue4", ""],
      ["app", "app_", "blue4"],
    ];
    const salts = identities.map((of) => partsOf(scramVerifier(PASSWORD, of)).salt.toString("hex"));
    assert.strictEqual(new Set(salts).size, identities.length);
    assert.ok(salts.every((salt) => salt.length === 32));
    assert.strictEqual(partsOf(scramVerifier("another", IDENTITY)).salt.toString("hex"), salts[0]);
  });

  it("lets a client of RFC 7677 prove the password and know the server, and no other", () => {
    // The client below is right: it says what the one in section 3 of the RFC says.
    const example = clientOf("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"), 4096);
    assert.strictEqual(
      example.proof.toString("base64"),
      "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    );
    assert.strictEqual(
      hmac(example.serverKey, example.exchange).toString("base64"),
      "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    );

    const { iterations, salt, storedKey, serverKey } = partsOf(scramVerifier("pencil", IDENTITY));
    const accepts = (password: string): boolean => {
      const { proof, exchange } = clientOf(password, salt, Number(iterations));
      return sha256(xor(proof, hmac(storedKey, exchange))).equals(storedKey);
    };
    assert.deepStrictEqual([accepts("pencil"), accepts("pencils")], [true, false]);
    assert.deepStrictEqual(serverKey, clientOf("pencil", salt, Number(iterations)).serverKey);
  });

  it("refuses what SASLprep could change", () => {
    for (const password of ["", "with space", "größer", "tab\t", "\u00a0", "null\0"]) {
      assert.throws(() => scramVerifier(password, IDENTITY), RangeError, JSON.stringify(password));
    }
  });

  it("does not show a password that it refuses", () => {
    assert.throws(
      () => scramVerifier("größer-geheim", IDENTITY),
      ({ message }: Error) => !message.includes("geheim"),
    );
  });

  describe("on a real server", function () {
    this.timeout(60_000);
    let server: PlainPostgres;

    before(async () => (server = await PlainPostgres.start()));
    after(() => server.stop());

    async function logIn(password: string): Promise<string> {
      const { host, port } = server;
      const client = new pg.Client({ host, port, user: "slot", password, database: "postgres" });
      try {
        await client.connect();
        return "logged in";
      } catch (error) {
        return (error as pg.DatabaseError).code ?? String(error);
      } finally {
        await client.end();
      }
    }

    it("lets a role log in with the clear text and with nothing else", async () => {
      const verifier = scramVerifier(PASSWORD, IDENTITY);
      await server.ask(`CREATE ROLE slot LOGIN PASSWORD '${verifier}'`);
      assert.strictEqual(await logIn(PASSWORD), "logged in");
      assert.strictEqual(await logIn(PASSWORD.slice(1)), "28P01");
      assert.strictEqual(await logIn(verifier), "28P01");
      const [row] = await server.ask("SELECT rolpassword FROM pg_authid WHERE rolname = 'slot'");
      assert.deepStrictEqual(row, { rolpassword: verifier });
      await server.ask(`ALTER ROLE slot PASSWORD '${scramVerifier("another", IDENTITY)}'`);
      assert.strictEqual(await logIn(PASSWORD), "28P01");
      assert.strictEqual(await logIn("another"), "logged in");
    });
  });
});

/** What a client says to a server that named this salt, in the conversation of RFC 7677. */
function clientOf(password: string, salt: Buffer, iterations: number) {
  const nonce = "rOprNGfwEbeRWgbNEkqO";
  const both = `${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
  const exchange =
    `n=user,r=${nonce},r=${both},s=${salt.toString("base64")},` +
    `i=${iterations},c=biws,r=${both}`;
  const salted = saltedPassword(password, salt, iterations);
  const clientKey = hmac(salted, "Client Key");
  const proof = xor(clientKey, hmac(sha256(clientKey), exchange));
  return { exchange, proof, serverKey: hmac(salted, "Server Key") };
}

/** `Hi` of RFC 5802 as it is written there, not as the platform's library has it. */
function saltedPassword(password: string, salt: Buffer, iterations: number): Buffer {
  let round = hmac(Buffer.from(password), Buffer.concat([salt, Buffer.from([0, 0, 0, 1])]));
  let result = round;
  for (let count = 1; count < iterations; count++) {
    round = hmac(Buffer.from(password), round);
    result = xor(result, round);
  }
  return result;
}

function hmac(key: Buffer, text: string | Buffer): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(data: Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ b[index]!));
}
