import type { ServiceError } from "@grpc/grpc-js";

import { Secret, type Checked, type Properties, type Value } from "../../twin/plugin/provider";
import { fromRecorded, type Recorded } from "./comparison";
import type { ProviderClient, Resource } from "./providerClient";

/** What a provider is asked about a resource. */
export interface Question {
  readonly call: string;
  readonly inputs?: { [key: string]: Recorded };
  readonly preview?: boolean;
  readonly to?: string;
  readonly query?: string;
}

/** Whom the questions are about. */
export interface Subject {
  readonly type: string;
  /** Logical name. */
  readonly resource?: string;
}

export interface ConversationOptions {
  /** Inputs of the provider resource, before `checkConfig`. */
  readonly configuration: Properties;
  /** Answers the `sql` questions. */
  readonly sql?: ((query: string) => Promise<Properties[]>) | undefined;
  /** Seconds that the engine would allow for an operation; 0 for the provider's own. */
  readonly timeout?: number | undefined;
}

/** 32 bytes of value 7, the seed that the recorder used. */
const SEED = Buffer.alloc(32, 7);

/** Questions about one resource, in their order: holds what the engine would have in its state. */
export class Conversation {
  private resource: Resource;
  /** Inputs of the last `check`, which the next preview, create or update uses. */
  private news: Properties = {};
  private configured = false;

  constructor(
    subject: Subject,
    private readonly client: ProviderClient,
    private readonly options: ConversationOptions,
  ) {
    const urn = `urn:pulumi:s::p::${subject.type}::${subject.resource ?? "r"}`;
    this.resource = { urn, id: "", inputs: {}, state: {} };
  }

  /** Asks; an error of the provider is an answer too: `{ error: { code, message } }`. */
  async answer(question: Question): Promise<Value> {
    try {
      return await this.ask(question);
    } catch (error) {
      const { code, details } = error as ServiceError;
      if (details === undefined) {
        throw error;
      }
      return { error: { code, message: details } };
    }
  }

  private async ask({
    call,
    inputs = {},
    preview = false,
    to,
    query = "",
  }: Question): Promise<Value> {
    if (call !== "checkConfig" && !this.configured) {
      await this.client.configure(
        (await this.client.checkConfig(this.options.configuration)).inputs,
      );
      this.configured = true;
    }
    const { urn, inputs: olds } = this.resource;
    switch (call) {
      case "checkConfig":
        return answerOf(await this.client.checkConfig(fromRecorded(inputs) as Properties));
      case "check": {
        const checked = await this.check({}, inputs);
        this.news = checked.inputs;
        return answerOf(checked);
      }
      case "diff": {
        this.news = to === "same" ? olds : (await this.check(olds, inputs)).inputs;
        const difference = await this.client.diff(this.resource, this.news);
        return {
          ...difference,
          replaces: [...difference.replaces],
          diffs: [...difference.diffs],
          detailedDiff: { ...difference.detailedDiff },
        };
      }
      case "create": {
        const created = await this.client.create(urn, this.news, { preview, timeout: this.timeout });
        if (!preview) {
          this.keep(created.id, created.outputs);
        }
        return { ...created };
      }
      case "update": {
        const options = { preview, timeout: this.timeout };
        const outputs = await this.client.update(this.resource, this.news, options);
        if (!preview) {
          this.keep(typeof outputs["id"] === "string" ? outputs["id"] : this.resource.id, outputs);
        }
        return { outputs };
      }
      case "sql":
        return (await this.options.sql?.(query)) ?? [];
      case "read":
        return { ...(await this.client.read(this.resource)) };
      case "delete":
        await this.client.delete(this.resource, this.timeout);
        return { deleted: true };
      default:
        throw new Error(`Nobody knows how to ask for ${call}.`);
    }
  }

  private check(olds: Properties, inputs: { [key: string]: Recorded }): Promise<Checked> {
    return this.client.check(this.resource.urn, olds, fromRecorded(inputs) as Properties, SEED);
  }

  private keep(id: string, outputs: Properties): void {
    this.resource = {
      ...this.resource,
      id,
      inputs: this.news,
      state: withoutEmptySecrets(outputs),
    };
  }

  private get timeout(): number {
    return this.options.timeout ?? 0;
  }
}

function answerOf({ inputs, failures }: Checked): Value {
  return { inputs, failures: failures.map((failure) => ({ ...failure })) };
}

/** The engine drops secrets whose value is null before the next call, and so did the recorder. */
function withoutEmptySecrets(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([, value]) => !(value instanceof Secret && value.value === null),
    ),
  );
}
