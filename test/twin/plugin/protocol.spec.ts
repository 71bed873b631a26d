import assert from "node:assert";

import type { ServiceError } from "@grpc/grpc-js";

import { serveProvider, type ServedProvider } from "../../../twin/plugin/protocol";
import {
  InitializationFailed,
  ProviderError,
  Secret,
  UNKNOWN,
  type CreateCall,
  type Difference,
  type Properties,
  type Provider,
  type Value,
} from "../../../twin/plugin/provider";
import { initializationFailure, ProviderClient } from "../../support/providerClient";

const URN = "urn:pulumi:s::p::parent:a:B$pkg:mod/thing:Thing::a::name";

/** Remembers what it was asked and answers what it was given. */
class Echo implements Provider {
  configured: Properties = {};
  created: CreateCall | undefined;
  cancelled = 0;
  failure: Error | undefined;
  difference: Difference = {
    changes: "none",
    replaces: [],
    deleteBeforeReplace: false,
    diffs: [],
    detailedDiff: {},
  };

  checkConfig(inputs: Properties) {
    return Promise.resolve({ inputs, failures: [] });
  }

  configure(inputs: Properties) {
    this.configured = inputs;
    return Promise.resolve();
  }

  check() {
    const failures = [{ property: "size", reason: "too small" }];
    return Promise.resolve({ inputs: this.configured, failures });
  }

  diff() {
    return Promise.resolve(this.difference);
  }

  create(call: CreateCall) {
    this.created = call;
    return this.failure
      ? Promise.reject(this.failure)
      : Promise.resolve({ id: "id", outputs: call.inputs });
  }

  update() {
    return Promise.resolve({});
  }

  read() {
    return Promise.resolve(undefined);
  }

  delete() {
    return Promise.resolve();
  }

  invoke(token: string, args: Properties) {
    return Promise.resolve({ token, ...args });
  }

  cancel() {
    this.cancelled++;
  }
}

describe("the provider protocol", () => {
  const instances: Echo[] = [];
  const clients: ProviderClient[] = [];
  let served: ServedProvider;

  before(async () => {
    served = await serveProvider({
      name: "echo",
      version: "1.2.3",
      create: () => {
        const instance = new Echo();
        instances.push(instance);
        return instance;
      },
    });
  });

  after(() => served.close());

  afterEach(() => {
    clients.splice(0).forEach((client) => client.close());
    instances.splice(0);
  });

  async function connect(): Promise<{ client: ProviderClient; provider: Echo }> {
    const client = await ProviderClient.connect(served.port);
    clients.push(client);
    await client.configure({});
    return { client, provider: instances.at(-1) as Echo };
  }

  async function echoed(inputs: Properties): Promise<Properties> {
    const { client } = await connect();
    return (await client.create(URN, inputs, { preview: true, timeout: 0 })).outputs;
  }

  async function failed(failure: Error): Promise<ServiceError> {
    const { client, provider } = await connect();
    provider.failure = failure;
    return client.create(URN, {}, { preview: false, timeout: 0 }).then(
      () => assert.fail("The creation should have failed."),
      (error: ServiceError) => error,
    );
  }

  it("carries values, secrets and unknowns there and back", async () => {
    const inputs: Properties = {
      nothing: null,
      list: [1, "two", true, UNKNOWN],
      map: { secret: new Secret({ deep: "value" }), empty: {} },
      secretUnknown: new Secret(UNKNOWN),
    };
    assert.deepEqual(await echoed(inputs), inputs);
  });

  it("reads what the engine sends for unknown numbers, booleans and outputs", async () => {
    const output = (rest: Properties): Value => ({
      "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4",
      dependencies: ["urn:pulumi:s::p::a:b:C::d"],
      ...rest,
    });
    assert.deepEqual(
      await echoed({
        number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        boolean: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        known: output({ value: "v" }),
        secret: output({ value: "s", secret: true }),
        unknown: output({}),
      }),
      { number: UNKNOWN, boolean: UNKNOWN, known: "v", secret: new Secret("s"), unknown: UNKNOWN },
    );
  });

  it("tells the provider type and name of a resource, below a parent too", async () => {
    const { client, provider } = await connect();
    await client.create(URN, {}, { preview: false, timeout: 30 });
    const { urn, type, name, preview, timeout } = provider.created as CreateCall;
    assert.deepEqual(
      { urn, type, name, preview, timeout },
      { urn: URN, type: "pkg:mod/thing:Thing", name: "a::name", preview: false, timeout: 30 },
    );
  });

  it("gives every connection a provider of its own", async () => {
    const [one, two] = [await connect(), await connect()];
    await one.client.configure({ host: "one" });
    await two.client.configure({ host: "two" });
    const seed = Buffer.alloc(32);
    assert.deepEqual((await one.client.check(URN, {}, {}, seed)).inputs, { host: "one" });
    assert.deepEqual((await two.client.check(URN, {}, {}, seed)).inputs, { host: "two" });
  });

  it("goes on serving after a connection was cancelled", async () => {
    const one = await connect();
    await one.client.cancel();
    assert.equal(one.provider.cancelled, 1);
    const two = await connect();
    assert.equal(two.provider.cancelled, 0);
  });

  it("accepts secrets and previews, and neither resources nor outputs", async () => {
    const { client } = await connect();
    const response = await client.configure({});
    assert.deepEqual(response.toObject(), {
      acceptsecrets: true,
      supportspreview: true,
      acceptresources: false,
      acceptoutputs: false,
      supportsAutonamingConfiguration: false,
    });
  });

  it("passes on every kind of difference", async () => {
    const { client, provider } = await connect();
    provider.difference = {
      changes: "some",
      replaces: ["a"],
      deleteBeforeReplace: true,
      diffs: ["a", "b", "c"],
      detailedDiff: { "a[0]": "add-replace", b: "delete", c: "delete (input)", d: "update" },
    };
    const resource = { urn: URN, id: "id", inputs: {}, state: {} };
    assert.deepEqual(await client.diff(resource, {}), provider.difference);
  });

  it("answers that an object is gone with an empty id", async () => {
    const { client } = await connect();
    const found = await client.read({ urn: URN, id: "id", inputs: {}, state: {} });
    assert.deepEqual(found, { id: "", outputs: {}, inputs: {} });
  });

  it("passes on what a check found wrong", async () => {
    const { client } = await connect();
    const { failures } = await client.check(URN, {}, {}, Buffer.alloc(32));
    assert.deepEqual(failures, [{ property: "size", reason: "too small" }]);
  });

  it("passes on a refusal with its code and its words", async () => {
    const { code, details } = await failed(new ProviderError("no:\n\t* “such” thing\n", 5));
    assert.deepEqual({ code, details }, { code: 5, details: "no:\n\t* “such” thing\n" });
  });

  it("answers an unforeseen error as unknown, with its message", async () => {
    const { code, details } = await failed(new TypeError("broken"));
    assert.deepEqual({ code, details }, { code: 2, details: "broken" });
  });

  it("says of an object that did not become ready what it is and why", async () => {
    const outputs = { password: new Secret("s") };
    const error = await failed(
      new InitializationFailed("not ready", "the-id", outputs, { size: 1 }, ["slow", "late"]),
    );
    assert.equal(error.details, "not ready");
    assert.deepEqual(initializationFailure(error), {
      id: "the-id",
      outputs,
      inputs: { size: 1 },
      reasons: ["slow", "late"],
    });
  });

  it("says in one sentence that a port is taken, and gives its own back when closed", async () => {
    const create = () => new Echo();
    const first = await serveProvider({ name: "first", version: "1.0.0", create });
    const again = () =>
      serveProvider({ name: "second", version: "1.0.0", create, port: first.port });
    await assert.rejects(again(), {
      message:
        `The provider second cannot listen on 127.0.0.1:${first.port}, most likely because the ` +
        "port is taken: choose another port or none.",
    });
    await first.close();
    await (await again()).close();
  });
});
