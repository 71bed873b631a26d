import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import type {
  Checked,
  Created,
  Difference,
  DiffKind,
  Properties,
  ReadResult,
} from "../../twin/plugin/provider";
import { decode, encode } from "../../twin/plugin/wire";

/** The resource a client talks about: URN and, once it exists, what the engine would have stored. */
export interface Resource {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

type Done<Response> = (error: grpc.ServiceError | null, response: Response) => void;

const KINDS: Readonly<Record<string, DiffKind>> = {
  "0": "add",
  "1": "add-replace",
  "2": "delete",
  "3": "delete-replace",
  "4": "update",
  "5": "update-replace",
};

/** Talks to a provider the way the engine does: one connection of its own, attached first. */
export class ProviderClient {
  private constructor(private readonly client: ResourceProviderClient) {}

  static async connect(port: number): Promise<ProviderClient> {
    const client = new ProviderClient(
      new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
        // Without it two clients of one process share a connection, and so a provider instance.
        "grpc.use_local_subchannel_pool": 1,
      }),
    );
    await client.ask((connection, done) => connection.attach(new PluginAttach(), done));
    return client;
  }

  async cancel(): Promise<void> {
    await this.ask((client, done) => client.cancel(new Empty(), done));
  }

  close(): void {
    this.client.close();
  }

  async checkConfig(inputs: Properties): Promise<Checked> {
    const request = new messages.CheckRequest().setNews(encode(inputs)).setOlds(encode({}));
    return checked(
      await this.ask<messages.CheckResponse>((client, done) => client.checkConfig(request, done)),
    );
  }

  async configure(inputs: Properties): Promise<messages.ConfigureResponse> {
    const request = new messages.ConfigureRequest().setArgs(encode(inputs)).setAcceptsecrets(true);
    return this.ask<messages.ConfigureResponse>((client, done) => client.configure(request, done));
  }

  async check(urn: string, olds: Properties, news: Properties, seed: Buffer): Promise<Checked> {
    const request = new messages.CheckRequest()
      .setUrn(urn)
      .setOlds(encode(olds))
      .setNews(encode(news))
      .setRandomseed(seed);
    return checked(
      await this.ask<messages.CheckResponse>((client, done) => client.check(request, done)),
    );
  }

  async diff(
    { urn, id, inputs, state }: Resource,
    news: Properties,
    ignoreChanges: string[] = [],
  ): Promise<Difference> {
    const request = new messages.DiffRequest()
      .setUrn(urn)
      .setId(id)
      .setOlds(encode(state))
      .setOldInputs(encode(inputs))
      .setNews(encode(news))
      .setIgnorechangesList(ignoreChanges);
    const response = await this.ask<messages.DiffResponse>((client, done) =>
      client.diff(request, done),
    );
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    const changes = response.getChanges();
    return {
      changes: changes === DIFF_NONE ? "none" : changes === DIFF_SOME ? "some" : "unknown",
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
      diffs: response.getDiffsList(),
      detailedDiff: Object.fromEntries(
        [...response.getDetaileddiffMap().entries()].map(([path, property]) => [
          path,
          kindOf(property),
        ]),
      ),
    };
  }

  async create(
    urn: string,
    inputs: Properties,
    options: { preview: boolean; timeout: number },
  ): Promise<Created> {
    const request = new messages.CreateRequest()
      .setUrn(urn)
      .setProperties(encode(inputs))
      .setPreview(options.preview)
      .setTimeout(options.timeout);
    const response = await this.ask<messages.CreateResponse>((client, done) =>
      client.create(request, done),
    );
    return { id: response.getId(), outputs: decode(response.getProperties()) };
  }

  async update(
    { urn, id, inputs, state }: Resource,
    news: Properties,
    options: { preview: boolean; timeout: number },
  ): Promise<Properties> {
    const request = new messages.UpdateRequest()
      .setUrn(urn)
      .setId(id)
      .setOlds(encode(state))
      .setOldInputs(encode(inputs))
      .setNews(encode(news))
      .setPreview(options.preview)
      .setTimeout(options.timeout);
    return decode(
      (
        await this.ask<messages.UpdateResponse>((client, done) => client.update(request, done))
      ).getProperties(),
    );
  }

  /** The id is empty when the object is gone. */
  async read({ urn, id, inputs, state }: Resource): Promise<ReadResult> {
    const request = new messages.ReadRequest()
      .setUrn(urn)
      .setId(id)
      .setProperties(encode(state))
      .setInputs(encode(inputs));
    const response = await this.ask<messages.ReadResponse>((client, done) =>
      client.read(request, done),
    );
    return {
      id: response.getId(),
      outputs: decode(response.getProperties()),
      inputs: decode(response.getInputs()),
    };
  }

  async delete({ urn, id, inputs, state }: Resource, timeout: number): Promise<void> {
    const request = new messages.DeleteRequest()
      .setUrn(urn)
      .setId(id)
      .setProperties(encode(state))
      .setOldInputs(encode(inputs))
      .setTimeout(timeout);
    await this.ask((client, done) => client.delete(request, done));
  }

  private ask<Response>(send: (client: ResourceProviderClient, done: Done<Response>) => unknown) {
    return new Promise<Response>((resolve, reject) => {
      send(this.client, (error, response) => (error ? reject(error) : resolve(response)));
    });
  }
}

/** What a failed create or update says about the object it left behind, as the engine reads it. */
export function initializationFailure(
  error: grpc.ServiceError,
): { id: string; outputs: Properties; inputs: Properties; reasons: string[] } | undefined {
  const [packed] = error.metadata.get("grpc-status-details-bin");
  if (!(packed instanceof Buffer)) {
    return undefined;
  }
  const [detail] = Status.deserializeBinary(packed).getDetailsList();
  const failure = detail?.unpack(
    (bytes) => messages.ErrorResourceInitFailed.deserializeBinary(bytes),
    "pulumirpc.ErrorResourceInitFailed",
  );
  return failure
    ? {
        id: failure.getId(),
        outputs: decode(failure.getProperties()),
        inputs: decode(failure.getInputs()),
        reasons: failure.getReasonsList(),
      }
    : undefined;
}

function checked(response: messages.CheckResponse): Checked {
  return {
    inputs: decode(response.getInputs()),
    failures: response
      .getFailuresList()
      .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() })),
  };
}

function kindOf(property: messages.PropertyDiff): DiffKind {
  const kind = KINDS[property.getKind()];
  return (property.getInputdiff() ? `${kind} (input)` : kind) as DiffKind;
}
