/** Serves a stand-in over the protocol of Pulumi's provider plugins (`pulumirpc.ResourceProvider`). */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import type { EngineOperation } from "./interruptions";
import {
  InitializationFailed,
  ProviderError,
  type Checked,
  type Difference,
  type PlainDiffKind,
  type Provider,
  type ResourceCall,
} from "./provider";
import { decode, encode } from "./wire";

/** What is served where. */
export interface ServeArgs {
  /** Package name, e.g. `postgresql`. */
  readonly name: string;
  /** Version that the engine sees and records in the state, e.g. `3.18.1`. */
  readonly version: string;
  /** Called once for each connection of the engine: each provider resource has its own. */
  readonly create: () => Provider;
  /** Around everything that changes something; nothing when left out. */
  readonly around?: <T>(operation: EngineOperation, run: () => Promise<T>) => Promise<T>;
  /** The engine looks for attached providers on 127.0.0.1 only. */
  readonly host?: string;
  /** A free one when left out. */
  readonly port?: number;
}

/** A provider that is being served. */
export interface ServedProvider {
  readonly name: string;
  readonly port: number;
  /** Cancels what is running and gives the port back. */
  close(): Promise<void>;
}

type Answer<Request, Response> = (
  provider: Provider,
  request: Request,
) => Response | Promise<Response>;

interface ResourceRequest {
  getUrn(): string;
}

interface ChangingRequest extends ResourceRequest {
  getPreview?(): boolean;
}

/** The SDK's own limit: states with many resources do not fit into the default of 4 MB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

// What goes wrong is thrown or answered; grpc would print lines of its own in between.
grpc.setLogVerbosity(grpc.logVerbosity.NONE);

/** Serves a provider on the loopback interface until it is closed. */
export async function serveProvider(args: ServeArgs): Promise<ServedProvider> {
  const instances = new Map<string, Provider>();
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(ResourceProviderService, {
    ...lifecycle(args, instances),
    ...resources((peer) => instanceFor(peer, args, instances), args.around ?? straight),
  });
  const port = await listen(server, args);
  return {
    name: args.name,
    port,
    close: () => {
      instances.forEach((instance) => instance.cancel());
      server.forceShutdown();
      return new Promise((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}

/** Peers are the only thing that tells the connections of one engine run apart. */
function instanceFor(peer: string, args: ServeArgs, instances: Map<string, Provider>): Provider {
  const known = instances.get(peer);
  if (known) {
    return known;
  }
  const created = args.create();
  instances.set(peer, created);
  return created;
}

function listen(server: grpc.Server, { name, host = "127.0.0.1", port = 0 }: ServeArgs) {
  return new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) {
        reject(
          new Error(
            `The provider ${name} cannot listen on ${host}:${port}, most likely because the port ` +
              "is taken: choose another port or none.",
          ),
        );
      } else {
        resolve(bound);
      }
    });
  });
}

function lifecycle(args: ServeArgs, instances: Map<string, Provider>) {
  const unary = <Request, Response>(answer: (request: Request, peer: string) => Response) =>
    respond<Request, Response>((call) => answer(call.request, call.getPeer()));
  return {
    attach: unary((_request, peer) => {
      // The first call of a connection. The system hands out port numbers again, so an instance of
      // an earlier connection may still be filed under the same peer.
      instances.delete(peer);
      return new Empty();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(args.version)),
    getSchema: unary(() =>
      new messages.GetSchemaResponse().setSchema(
        JSON.stringify({ name: args.name, version: args.version }),
      ),
    ),
    cancel: unary((_request, peer) => {
      instances.get(peer)?.cancel();
      return new Empty();
    }),
  };
}

/** Nothing around it. */
function straight<T>(_: EngineOperation, run: () => Promise<T>): Promise<T> {
  return run();
}

function resources(instance: (peer: string) => Provider, around: NonNullable<ServeArgs["around"]>) {
  const unary = <Request, Response>(answer: Answer<Request, Response>) =>
    respond<Request, Response>((call) => answer(instance(call.getPeer()), call.request));
  const changing = <Request extends ChangingRequest, Response>(
    op: EngineOperation["op"],
    answer: Answer<Request, Response>,
  ) =>
    unary<Request, Response>((provider, request) => {
      const run = async () => answer(provider, request);
      return request.getPreview?.() ? run() : around({ op, urn: request.getUrn() }, run);
    });
  return {
    checkConfig: unary(async (provider, request: messages.CheckRequest) =>
      checkResponse(await provider.checkConfig(decode(request.getNews()))),
    ),
    configure: unary(async (provider, request: messages.ConfigureRequest) => {
      await provider.configure(decode(request.getArgs()));
      const { takesSecrets = true } = provider;
      return new messages.ConfigureResponse()
        .setAcceptsecrets(takesSecrets)
        .setSupportspreview(true);
    }),
    invoke: unary(async (provider, request: messages.InvokeRequest) =>
      new messages.InvokeResponse().setReturn(
        encode(await provider.invoke(request.getTok(), decode(request.getArgs()))),
      ),
    ),
    check: unary(async (provider, request: messages.CheckRequest) =>
      checkResponse(
        await provider.check({
          ...resourceOf(request),
          oldInputs: decode(request.getOlds()),
          inputs: decode(request.getNews()),
          randomSeed: Buffer.from(request.getRandomseed_asU8()),
        }),
      ),
    ),
    diff: unary(async (provider, request: messages.DiffRequest) =>
      diffResponse(await provider.diff(changeOf(request))),
    ),
    create: changing("create", async (provider, request: messages.CreateRequest) => {
      const { id, outputs } = await provider.create({
        ...resourceOf(request),
        inputs: decode(request.getProperties()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
      });
      return new messages.CreateResponse().setId(id).setProperties(encode(outputs));
    }),
    update: changing("update", async (provider, request: messages.UpdateRequest) =>
      new messages.UpdateResponse().setProperties(
        encode(
          await provider.update({
            ...changeOf(request),
            preview: request.getPreview(),
            timeout: request.getTimeout(),
          }),
        ),
      ),
    ),
    read: unary(async (provider, request: messages.ReadRequest) => {
      const found = await provider.read({
        ...resourceOf(request),
        id: request.getId(),
        inputs: decode(request.getInputs()),
        state: decode(request.getProperties()),
      });
      const response = new messages.ReadResponse();
      return found
        ? response
            .setId(found.id)
            .setProperties(encode(found.outputs))
            .setInputs(encode(found.inputs))
        : response;
    }),
    delete: changing("delete", async (provider, request: messages.DeleteRequest) => {
      await provider.delete({
        ...resourceOf(request),
        id: request.getId(),
        oldInputs: decode(request.getOldInputs()),
        state: decode(request.getProperties()),
        timeout: request.getTimeout(),
      });
      return new Empty();
    }),
  };
}

function respond<Request, Response>(
  answer: (call: grpc.ServerUnaryCall<Request, Response>) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => answer(call))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(errorResponse(error)),
      );
  };
}

/** Type and name as they stand in the URN; a name may hold `::` itself. */
function resourceOf(request: ResourceRequest): ResourceCall {
  const urn = request.getUrn();
  const [, , qualifiedType = "", ...name] = urn.split("::");
  const type = qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1);
  return { urn, type, name: name.join("::") };
}

function changeOf(request: messages.DiffRequest | messages.UpdateRequest) {
  return {
    ...resourceOf(request),
    id: request.getId(),
    oldInputs: decode(request.getOldInputs()),
    state: decode(request.getOlds()),
    inputs: decode(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function checkResponse({ inputs, failures }: Checked): messages.CheckResponse {
  return new messages.CheckResponse()
    .setInputs(encode(inputs))
    .setFailuresList(
      failures.map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(reason),
      ),
    );
}

const { DiffChanges } = messages.DiffResponse;
const { Kind } = messages.PropertyDiff;

const CHANGES = {
  none: DiffChanges.DIFF_NONE,
  some: DiffChanges.DIFF_SOME,
  unknown: DiffChanges.DIFF_UNKNOWN,
};

const KINDS: Readonly<Record<PlainDiffKind, messages.PropertyDiff.Kind>> = {
  add: Kind.ADD,
  "add-replace": Kind.ADD_REPLACE,
  delete: Kind.DELETE,
  "delete-replace": Kind.DELETE_REPLACE,
  update: Kind.UPDATE,
  "update-replace": Kind.UPDATE_REPLACE,
};

function diffResponse(difference: Difference): messages.DiffResponse {
  const details = Object.entries(difference.detailedDiff);
  const response = new messages.DiffResponse()
    .setChanges(CHANGES[difference.changes])
    .setReplacesList([...difference.replaces])
    .setDeletebeforereplace(difference.deleteBeforeReplace)
    .setDiffsList([...difference.diffs])
    // Without details the engine works out by itself what to show.
    .setHasdetaileddiff(details.length > 0);
  for (const [path, kind] of details) {
    const plain = kind.replace(" (input)", "") as PlainDiffKind;
    response
      .getDetaileddiffMap()
      .set(path, new messages.PropertyDiff().setKind(KINDS[plain]).setInputdiff(plain !== kind));
  }
  return response;
}

function errorResponse(error: unknown): Partial<grpc.StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof InitializationFailed) {
    return { code: error.code, details, metadata: initializationDetails(error) };
  }
  return { code: error instanceof ProviderError ? error.code : grpc.status.UNKNOWN, details };
}

/** The engine records the object and the reasons only if they come as details of the status. */
function initializationDetails(error: InitializationFailed): grpc.Metadata {
  const failure = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(encode(error.outputs))
    .setInputs(encode(error.inputs))
    .setReasonsList([...error.reasons]);
  const detail = new Any();
  detail.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(error.code).setMessage(error.message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}
