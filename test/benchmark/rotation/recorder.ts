import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import type { Properties } from "../../../twin/plugin/provider";
import { decode } from "../../../twin/plugin/wire";

/** How an engine reached a provider: each provider of a program has a connection of its own. */
export interface Connection {
  /** Package of the provider, such as `kubernetes`. */
  readonly provider: string;
  readonly settings: Properties;
}

/** A call that changed something. Holds secrets: it is kept in memory only. */
export interface Call {
  readonly connection: Connection;
  readonly op: "create" | "update" | "delete";
  readonly urn: string;
  /** Empty for a deletion. */
  readonly inputs: Properties;
  /** Seconds, 0 for the provider's own. */
  readonly timeout: number;
  /** What the provider answered; empty for a deletion. */
  readonly id: string;
  readonly outputs: Properties;
}

interface Upstream {
  readonly client: grpc.Client;
  settings: Properties;
}

const OPTIONS = {
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  // Without it two clients of one process share a connection, and so a provider instance.
  "grpc.use_local_subchannel_pool": 1,
};

/** Stands between engines and providers, hands everything on, and writes down what changes something. */
export class Recorder {
  private readonly calls: (() => Call)[] = [];
  private readonly servers: grpc.Server[] = [];
  private readonly upstreams = new Set<Upstream>();
  private own = "";

  /** @param providers as PULUMI_DEBUG_PROVIDERS has them */
  static async before(providers: string): Promise<Recorder> {
    const recorder = new Recorder();
    const own = portsOf(providers).map(
      async ([name, port]) => `${name}:${await listen(recorder.serve(name, port))}`,
    );
    recorder.own = (await Promise.all(own)).join(",");
    return recorder;
  }

  /** Where engines reach the providers, as PULUMI_DEBUG_PROVIDERS has it. */
  get providers(): string {
    return this.own;
  }

  /** The calls since the last time, in the order in which they began; all have ended. */
  taken(): Call[] {
    return this.calls.splice(0).map((call) => call());
  }

  close(): void {
    this.servers.forEach((server) => server.forceShutdown());
    this.upstreams.forEach(({ client }) => client.close());
  }

  private serve(provider: string, port: number): grpc.Server {
    const byPeer = new Map<string, Upstream>();
    const handler =
      (name: string, path: string): grpc.handleUnaryCall<Buffer, Buffer> =>
      (call, callback) => {
        const { request, metadata } = call;
        const peer = call.getPeer();
        // The first call of a connection; the system hands out port numbers again.
        if (name === "attach") {
          byPeer.delete(peer);
        }
        const upstream = byPeer.get(peer) ?? this.connect(port);
        byPeer.set(peer, upstream);
        if (name === "configure") {
          const configuration = messages.ConfigureRequest.deserializeBinary(request);
          upstream.settings = decode(configuration.getArgs());
        }
        const answer: { bytes?: Buffer } = {};
        const change = changeIn(name, request);
        if (change !== undefined) {
          const connection = { provider, settings: upstream.settings };
          this.calls.push(() => ({ ...change, ...answerIn(name, answer.bytes!), connection }));
        }
        upstream.client.makeUnaryRequest(path, same, same, request, metadata, (error, response) => {
          answer.bytes = response;
          callback(error, response);
        });
      };
    const methods = Object.entries(ResourceProviderService as grpc.ServiceDefinition);
    const server = new grpc.Server(OPTIONS);
    this.servers.push(server);
    server.addService(
      Object.fromEntries(
        methods.map(([name, method]) => [
          name,
          { ...method, requestDeserialize: same, responseSerialize: same },
        ]),
      ),
      Object.fromEntries(methods.map(([name, { path }]) => [name, handler(name, path)])),
    );
    return server;
  }

  private connect(port: number): Upstream {
    const credentials = grpc.credentials.createInsecure();
    const client = new grpc.Client(`127.0.0.1:${port}`, credentials, OPTIONS);
    const upstream = { client, settings: {} };
    this.upstreams.add(upstream);
    return upstream;
  }
}

/** Name and port of each provider in PULUMI_DEBUG_PROVIDERS. */
export function portsOf(providers: string): (readonly [string, number])[] {
  return providers.split(",").map((each) => {
    const [name = "", port] = each.split(":");
    return [name, Number(port)];
  });
}

function listen(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

function changeIn(
  name: string,
  request: Buffer,
): Pick<Call, "op" | "urn" | "inputs" | "timeout"> | undefined {
  switch (name) {
    case "create": {
      const create = messages.CreateRequest.deserializeBinary(request);
      const inputs = decode(create.getProperties());
      const call = {
        op: name,
        urn: create.getUrn(),
        inputs,
        timeout: create.getTimeout(),
      } as const;
      return create.getPreview() ? undefined : call;
    }
    case "update": {
      const update = messages.UpdateRequest.deserializeBinary(request);
      const inputs = decode(update.getNews());
      const call = {
        op: name,
        urn: update.getUrn(),
        inputs,
        timeout: update.getTimeout(),
      } as const;
      return update.getPreview() ? undefined : call;
    }
    case "delete": {
      const deletion = messages.DeleteRequest.deserializeBinary(request);
      return { op: name, urn: deletion.getUrn(), inputs: {}, timeout: deletion.getTimeout() };
    }
    default:
      return undefined;
  }
}

function answerIn(name: string, response: Buffer): Pick<Call, "id" | "outputs"> {
  switch (name) {
    case "create": {
      const created = messages.CreateResponse.deserializeBinary(response);
      return { id: created.getId(), outputs: decode(created.getProperties()) };
    }
    case "update": {
      const updated = messages.UpdateResponse.deserializeBinary(response);
      return { id: "", outputs: decode(updated.getProperties()) };
    }
    default:
      return { id: "", outputs: {} };
  }
}
