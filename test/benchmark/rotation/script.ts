import { type Properties, Secret, type Value } from "../../../twin/plugin/provider";
import { isObject, plain } from "../../../twin/plugin/values";
import { ProviderClient, type Resource } from "../../support/providerClient";
import type { Call, Connection } from "./recorder";
import { Substitutes } from "./substitutes";

/** What a call of a script took. */
export interface Taken {
  readonly urn: string;
  readonly op: Call["op"];
  readonly seconds: number;
}

/** A resource in an exported state, secrets in clear. */
export interface ExportedResource {
  readonly urn: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

/** How a state marks a secret; `plaintext` is JSON. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Values of what is random are used as recorded: a verifier in a later call goes with its password. */
const KEPT = "random";

/**
 * A plain script: the calls of a recording, one after another, with the ids and versions that the
 * cloud gives out this time. It knows what the last call left of each resource, as a person does, and
 * asks nothing.
 */
export class Script {
  private readonly resources = new Map<string, Resource>();
  /** What was replaced and is deleted later. */
  private readonly replaced = new Map<string, Resource>();
  private substitutes = new Substitutes();

  /**
   * @param ports of the providers
   * @param exported what is there
   */
  constructor(
    private readonly ports: ReadonlyMap<string, number>,
    exported: readonly ExportedResource[],
  ) {
    for (const { urn, custom, id = "", inputs = {}, outputs = {} } of exported) {
      if (custom) {
        this.resources.set(urn, { urn, id, inputs: revived(inputs), state: revived(outputs) });
      }
    }
  }

  /** Begins a recording anew: what the cloud gave out for the last repetition means nothing more. */
  rewind(): void {
    this.substitutes = new Substitutes();
  }

  /** @returns what each call took, in their order; the first of a connection opens it */
  async play(calls: readonly Call[]): Promise<Taken[]> {
    const clients = new Map<Connection["settings"], Connected>();
    try {
      const taken: Taken[] = [];
      for (const call of calls) {
        const { settings } = call.connection;
        const began = performance.now();
        const client = clients.get(settings) ?? (await this.connect(call.connection));
        clients.set(settings, client);
        await this.run(call, client);
        taken.push({
          urn: call.urn,
          op: call.op,
          seconds: (performance.now() - began) / 1000,
        });
      }
      return taken;
    } finally {
      clients.forEach(({ client }) => client.close());
    }
  }

  private async connect({ provider, settings }: Connection): Promise<Connected> {
    const client = await ProviderClient.connect(this.ports.get(provider)!);
    const response = await client.configure(settings);
    return { client, takesSecrets: response.getAcceptsecrets() };
  }

  private async run(call: Call, { client, takesSecrets }: Connected): Promise<void> {
    const { op, urn, timeout } = call;
    const inputs = this.substitutes.in(call.inputs);
    const current = () => {
      const { id, ...resource } = this.replaced.get(urn) ?? this.found(urn);
      return takesSecrets ? { ...resource, id } : { urn, id, ...bare(resource) };
    };
    switch (op) {
      case "create": {
        const created = await client.create(urn, inputs, { preview: false, timeout });
        this.learn(call, created.id, created.outputs);
        const before = this.resources.get(urn);
        if (before !== undefined) {
          this.replaced.set(urn, before);
        }
        this.resources.set(urn, { urn, id: created.id, inputs, state: created.outputs });
        break;
      }
      case "update": {
        const outputs = await client.update(current(), inputs, { preview: false, timeout });
        this.learn(call, "", outputs);
        this.resources.set(urn, { ...this.found(urn), inputs, state: outputs });
        break;
      }
      case "delete":
        await client.delete(current(), timeout);
        if (!this.replaced.delete(urn)) {
          this.resources.delete(urn);
        }
    }
  }

  private learn({ connection, id, outputs }: Call, newId: string, newOutputs: Properties): void {
    if (connection.provider !== KEPT) {
      this.substitutes.learn({ id, outputs }, { id: newId, outputs: newOutputs });
    }
  }

  private found(urn: string): Resource {
    const resource = this.resources.get(urn);
    if (resource === undefined) {
      throw new Error(`The recording changes ${urn}, which is not there.`);
    }
    return resource;
  }
}

interface Connected {
  readonly client: ProviderClient;
  /** Whether the provider keeps the marks of secrets; to one that does not they are not sent. */
  readonly takesSecrets: boolean;
}

function bare({ inputs, state }: Pick<Resource, "inputs" | "state">) {
  return { inputs: plain(inputs) as Properties, state: plain(state) as Properties };
}

/** Properties of a state as providers have them. */
export function revived(properties: Record<string, unknown>): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, revive(value as Value)]),
  );
}

function revive(value: Value): Value {
  if (Array.isArray(value)) {
    return value.map(revive);
  }
  if (!isObject(value)) {
    return value;
  }
  return SIGNATURE in value
    ? new Secret(revive(JSON.parse(value["plaintext"] as string) as Value))
    : revived(value);
}
