import type { ServiceError } from "@grpc/grpc-js";

import { Secret, type Checked, type Properties, type Value } from "../../twin/plugin/provider";
import { plain } from "../../twin/plugin/values";
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
  /** Of a provider that does not take secrets the engine keeps the marks itself. */
  private takesSecrets = true;

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
      const { inputs: settings } = await this.client.checkConfig(this.options.configuration);
      this.takesSecrets = (await this.client.configure(settings)).getAcceptsecrets();
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
        const difference = await this.client.diff(this.sent, this.sending(this.news));
        return {
          ...difference,
          replaces: [...difference.replaces],
          diffs: [...difference.diffs],
          detailedDiff: { ...difference.detailedDiff },
        };
      }
      case "create": {
        const options = { preview, timeout: this.timeout };
        const { id, outputs } = await this.client.create(urn, this.sending(this.news), options);
        const received = this.received(outputs, this.news);
        if (!preview) {
          this.keep(id, received);
        }
        return { id, outputs: received };
      }
      case "update": {
        const options = { preview, timeout: this.timeout };
        const outputs = await this.client.update(this.sent, this.sending(this.news), options);
        const received = this.received(outputs, this.news);
        if (!preview) {
          this.keep(typeof outputs["id"] === "string" ? outputs["id"] : this.resource.id, received);
        }
        return { outputs: received };
      }
      case "sql":
        return (await this.options.sql?.(query)) ?? [];
      case "read":
        return { ...(await this.client.read(this.sent)) };
      case "delete":
        await this.client.delete(this.sent, this.timeout);
        return { deleted: true };
      default:
        throw new Error(`Nobody knows how to ask for ${call}.`);
    }
  }

  private async check(olds: Properties, inputs: { [key: string]: Recorded }): Promise<Checked> {
    const { urn } = this.resource;
    const news = fromRecorded(inputs) as Properties;
    const checked = await this.client.check(urn, this.sending(olds), this.sending(news), SEED);
    return { ...checked, inputs: this.received(checked.inputs, news) };
  }

  private get sent(): Resource {
    const { inputs, state } = this.resource;
    return { ...this.resource, inputs: this.sending(inputs), state: this.sending(state) };
  }

  private sending(properties: Properties): Properties {
    return this.takesSecrets ? properties : (plain(properties) as Properties);
  }

  private received(properties: Properties, sent: Properties): Properties {
    return this.takesSecrets ? properties : markedLike(properties, sent);
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

/** Marks what came of a secret of the same name. */
function markedLike(properties: Properties, sent: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => {
      const before = sent[key] ?? null;
      const isMarked = !(value instanceof Secret) && hasSecret(before);
      return [key, isMarked ? new Secret(value) : value];
    }),
  );
}

function hasSecret(value: Value): boolean {
  return (
    value instanceof Secret ||
    (value !== null && typeof value === "object" && Object.values(value).some(hasSecret))
  );
}

/** The engine drops secrets whose value is null before the next call, and so did the recorder. */
function withoutEmptySecrets(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([, value]) => !(value instanceof Secret && value.value === null),
    ),
  );
}
