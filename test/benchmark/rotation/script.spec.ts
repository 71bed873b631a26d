import assert from "node:assert";
import {
  type CreateCall,
  type Provider,
  ProviderError,
  Secret,
  type UpdateCall,
} from "../../../twin/plugin/provider";
import { serveProvider, type ServedProvider } from "../../../twin/plugin/protocol";
import { ProviderClient } from "../../support/providerClient";
import { portsOf, Recorder } from "./recorder";
import { revived, Script } from "./script";

const ROLE = "urn:pulumi:s::p::a:b:Role::role";
const SECRET = "urn:pulumi:s::p::a:b:Secret::secret";
const JOB = "urn:pulumi:s::p::a:b:Job::job";

/** A cloud that gives another version to every secret, and knows which there are. */
class Cloud {
  readonly seen: string[] = [];
  private versions = 0;

  provider(): Provider {
    const refused = () => Promise.reject(new ProviderError("no"));
    return {
      checkConfig: (inputs) => Promise.resolve({ inputs, failures: [] }),
      configure: ({ region }) => {
        this.seen.push(`configure ${region as string}`);
        return Promise.resolve();
      },
      check: refused,
      diff: refused,
      create: ({ name, inputs }: CreateCall) => {
        this.seen.push(`create ${name} ${JSON.stringify(inputs)}`);
        return Promise.resolve({ id: `id-of-${name}`, outputs: inputs });
      },
      update: ({ name, inputs, state }: UpdateCall) => {
        this.seen.push(`update ${name} from ${state["version"] as string}`);
        const version = `version-number-${String(++this.versions).padStart(4, "0")}`;
        return Promise.resolve({ ...inputs, version });
      },
      read: () => Promise.resolve(undefined),
      delete: ({ name, id }) => {
        this.seen.push(`delete ${name} ${id}`);
        return Promise.resolve();
      },
      invoke: refused,
      cancel: () => undefined,
    };
  }
}

describe("a script of recorded calls", () => {
  const cloud = new Cloud();
  let served: ServedProvider;
  let recorder: Recorder;

  before(async () => {
    served = await serveProvider({ name: "a", version: "1.0.0", create: () => cloud.provider() });
    recorder = await Recorder.before(`a:${served.port}`);
  });

  after(async () => {
    recorder.close();
    await served.close();
  });

  /** Answers of the cloud since the last time. */
  const seen = () => cloud.seen.splice(0);

  it("makes the calls again in their order, on what is there and with the versions of this time", async () => {
    const [[, port] = ["", 0]] = portsOf(recorder.providers);
    const client = await ProviderClient.connect(port);
    await client.configure({ region: "north" });
    const secret = { urn: SECRET, id: "id-of-secret", inputs: {}, state: { version: "none" } };
    const { version } = await client.update(secret, {}, { preview: false, timeout: 0 });
    await client.create(
      JOB,
      { mounts: `${version as string}/file` },
      { preview: true, timeout: 0 },
    );
    await client.create(
      JOB,
      { mounts: `${version as string}/file` },
      { preview: false, timeout: 0 },
    );
    await client.delete({ urn: ROLE, id: "id-of-role", inputs: {}, state: {} }, 0);
    client.close();
    const calls = recorder.taken();
    assert.deepStrictEqual(seen(), [
      "configure north",
      "update secret from none",
      'create job {"mounts":"version-number-0001/file"}',
      'create job {"mounts":"version-number-0001/file"}',
      "delete role id-of-role",
    ]);

    const script = new Script(new Map([["a", served.port]]), [
      { urn: SECRET, custom: true, id: "id-of-secret", outputs: { version: "version-there" } },
      { urn: ROLE, custom: true, id: "id-of-another-role" },
    ]);
    const taken = await script.play(calls);
    assert.deepStrictEqual(seen(), [
      "configure north",
      "update secret from version-there",
      'create job {"mounts":"version-number-0002/file"}',
      "delete role id-of-another-role",
    ]);
    assert.deepStrictEqual(
      taken.map(({ op, urn }) => `${op} ${urn}`),
      [`update ${SECRET}`, `create ${JOB}`, `delete ${ROLE}`],
    );
    await assert.rejects(script.play(calls.slice(2)), /changes \S+Role::role, which is not there/);
  });

  it("hands on what a provider refuses, with its status and its text", async () => {
    const [[, port] = ["", 0]] = portsOf(recorder.providers);
    const client = await ProviderClient.connect(port);
    await assert.rejects(client.check(JOB, {}, {}, Buffer.alloc(32)), { code: 2, details: "no" });
    client.close();
    assert.deepStrictEqual(recorder.taken(), []);
  });

  it("reads secrets out of an exported state", () => {
    const marked = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      plaintext: '"hidden"',
    };
    assert.deepStrictEqual(revived({ all: [marked], open: { a: 1 } }), {
      all: [new Secret("hidden")],
      open: { a: 1 },
    });
  });
});
