import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import path from "node:path";

import type { ServiceError } from "@grpc/grpc-js";

import {
  Secret,
  type Checked,
  type Difference,
  type Properties,
  type Provider,
  type Value,
} from "../../twin/plugin/provider";
import { differences, fromRecorded, type ComparisonOptions, type Recorded } from "./comparison";
import { ProviderClient, type Resource } from "./providerClient";

/** One recorded conversation about one resource. */
export interface RecordedCase {
  readonly name: string;
  readonly type: string;
  /** Logical name. */
  readonly resource?: string;
  /** What was configured differently from the other cases, in words. */
  readonly configure?: string;
  readonly steps: readonly RecordedStep[];
}

export interface RecordedStep {
  readonly call: string;
  readonly inputs?: { [key: string]: Recorded };
  readonly preview?: boolean;
  readonly to?: string;
  readonly query?: string;
  readonly response: { [key: string]: Recorded };
}

/** What was recorded of one provider. */
export interface Recording {
  readonly provider: string;
  readonly version: string;
  readonly cases: readonly RecordedCase[];
}

/** What a provider needs so that its recorded cases can be asked again. */
export interface Rig {
  /** The provider under test, called once for each case. */
  readonly create: () => Provider;
  /** Inputs of the provider resource for a case, before `checkConfig`. */
  readonly configuration: (recorded: RecordedCase) => Properties;
  /** Runs once before all cases (servers, objects that must exist) and once after. */
  readonly start?: () => Promise<void>;
  readonly stop?: () => Promise<void>;
  /** Answers the `sql` steps. */
  readonly sql?: (query: string) => Promise<Properties[]>;
  /** What of the recorded inputs and outputs the answer may lack, by path: nothing by default. */
  readonly mayLeaveOut?: (path: string, recorded: RecordedCase) => boolean;
  /** Compare the wording of errors and failures too, not only that there are some. */
  readonly exactTexts?: boolean;
  /** Seconds that the engine would allow for an operation; 0, the default, for the provider's own. */
  readonly timeout?: number;
}

/** Recorded files of another place: `CONFORMANCE_DIR`. */
export const CONFORMANCE_DIR =
  process.env["CONFORMANCE_DIR"] ?? path.join(__dirname, "..", "conformance", "recorded");

/** 32 bytes of value 7, the seed that the recorder used. */
const SEED = Buffer.alloc(32, 7);

/** Reads the recorded cases of a provider. */
export function recordingOf(provider: string): Recording {
  return JSON.parse(
    readFileSync(path.join(CONFORMANCE_DIR, `${provider}.json`), "utf8"),
  ) as Recording;
}

/** What was answered differently, and in which step. */
export interface Problem {
  readonly step: number;
  readonly text: string;
}

/** Asks a served provider everything that was recorded in a case and compares the answers. */
export async function askAgain(recorded: RecordedCase, rig: Rig, port: number): Promise<Problem[]> {
  const client = await ProviderClient.connect(port);
  try {
    const conversation = new Conversation(recorded, rig, client);
    const problems: Problem[] = [];
    for (const [index, step] of recorded.steps.entries()) {
      const title = [`step ${index} ${step.call}`, step.to, step.preview ? "preview" : undefined]
        .filter((part) => part !== undefined)
        .join(", ");
      const texts = await conversation.repeat(step);
      problems.push(...texts.map((text) => ({ step: index, text: `${title}: ${text}` })));
    }
    return problems;
  } finally {
    client.close();
  }
}

/** One case being asked again: holds what the engine would have in its state. */
class Conversation {
  private resource: Resource;
  /** Inputs of the last `check`, which the next preview, create or update uses. */
  private news: Properties = {};
  private rename: ComparisonOptions["rename"];
  private configured = false;

  constructor(
    private readonly recorded: RecordedCase,
    private readonly rig: Rig,
    private readonly client: ProviderClient,
  ) {
    const name = recorded.resource ?? "r";
    this.resource = {
      urn: `urn:pulumi:s::p::${recorded.type}::${name}`,
      id: "",
      inputs: {},
      state: {},
    };
  }

  /** Asks once more and returns what differs from the recorded answer. */
  async repeat(step: RecordedStep): Promise<string[]> {
    const expectedError = step.response["error"];
    try {
      const problems = await this.ask(step);
      return expectedError === undefined ? problems : ["succeeded, recorded: an error"];
    } catch (error) {
      const { code, details } = error as ServiceError;
      if (expectedError === undefined || details === undefined) {
        return [`failed: ${(error as Error).message}`];
      }
      if (!this.rig.exactTexts) {
        return [];
      }
      // A check that fails was recorded with the text alone.
      return typeof expectedError === "string"
        ? this.compare(details, expectedError)
        : this.compare({ code, message: details }, expectedError);
    }
  }

  private async ask(step: RecordedStep): Promise<string[]> {
    if (step.call !== "checkConfig" && !this.configured) {
      const { inputs } = await this.client.checkConfig(this.rig.configuration(this.recorded));
      await this.client.configure(inputs);
      this.configured = true;
    }
    switch (step.call) {
      case "checkConfig":
        return this.checkConfig(step);
      case "check":
        return this.check(step);
      case "diff":
        return this.diff(step);
      case "create":
        return this.create(step);
      case "update":
        return this.update(step);
      case "sql":
        return this.sql(step);
      case "read":
        return this.compare({ ...(await this.client.read(this.resource)) }, step.response);
      case "delete":
        await this.client.delete(this.resource, this.timeout);
        return [];
      default:
        throw new Error(`The recording holds a call that is not known here: ${step.call}`);
    }
  }

  private async checkConfig({ inputs = {}, response }: RecordedStep): Promise<string[]> {
    // The recorder hid secrets of the configuration in the request, but not in the answer.
    const answers = fromRecorded(response["inputs"] ?? {}) as Properties;
    const request = Object.entries(inputs).map(([key, value]) => [
      key,
      value === "<secret>" ? (answers[key] as Secret).value : fromRecorded(value),
    ]);
    const checked = await this.client.checkConfig(Object.fromEntries(request) as Properties);
    return this.compareChecked(checked, response);
  }

  private async check({ inputs = {}, response }: RecordedStep): Promise<string[]> {
    const checked = await this.client.check(
      this.resource.urn,
      {},
      fromRecorded(inputs) as Properties,
      SEED,
    );
    this.news = checked.inputs;
    this.rename = this.autoName(checked.inputs, response["inputs"]);
    return this.compareChecked(checked, response);
  }

  private async diff({ inputs, response }: RecordedStep): Promise<string[]> {
    const { urn, inputs: olds } = this.resource;
    this.news = inputs
      ? (await this.client.check(urn, olds, fromRecorded(inputs) as Properties, SEED)).inputs
      : olds;
    const difference: Difference = await this.client.diff(this.resource, this.news);
    return this.compare(
      {
        ...difference,
        replaces: [...difference.replaces],
        diffs: [...difference.diffs],
        detailedDiff: { ...difference.detailedDiff },
      },
      response,
    );
  }

  private async create({ preview = false, response }: RecordedStep): Promise<string[]> {
    const options = { preview, timeout: this.timeout };
    const { id, outputs } = await this.client.create(this.resource.urn, this.news, options);
    if (!preview) {
      this.keep(id, outputs);
    }
    return this.compare({ id, outputs }, response);
  }

  private async update({ preview = false, response }: RecordedStep): Promise<string[]> {
    const options = { preview, timeout: this.timeout };
    const outputs = await this.client.update(this.resource, this.news, options);
    if (!preview) {
      const { id } = outputs;
      this.keep(typeof id === "string" ? id : this.resource.id, outputs);
    }
    return this.compare({ outputs }, response);
  }

  private async sql({ query = "", response }: RecordedStep): Promise<string[]> {
    assert.ok(this.rig.sql, "The recording asks SQL, so the rig needs an answer to it.");
    return this.compare(await this.rig.sql(query), response);
  }

  private keep(id: string, outputs: Properties): void {
    this.resource = {
      ...this.resource,
      id,
      inputs: this.news,
      state: withoutEmptySecrets(outputs),
    };
  }

  private compareChecked(own: Checked, response: { [key: string]: Recorded }): string[] {
    const failures = own.failures.map((failure) => ({ ...failure }));
    if (this.rig.exactTexts) {
      return this.compare({ inputs: own.inputs, failures }, response);
    }
    const refused = response["failures"];
    return [
      ...this.compare({ inputs: own.inputs }, { inputs: response["inputs"] ?? {} }),
      ...(failures.length > 0 === (Array.isArray(refused) && refused.length > 0)
        ? []
        : [`failures are ${JSON.stringify(failures)}, not as recorded`]),
    ];
  }

  private compare(own: Value, recorded: Recorded): string[] {
    const { mayLeaveOut = () => false } = this.rig;
    return differences(own, recorded, {
      mayLeaveOut: (path) => mayLeaveOut(path, this.recorded),
      rename: this.rename,
    });
  }

  /** Auto-names hold random digits: equal when the base and the number of digits are. */
  private autoName(own: Value, recorded: Recorded | undefined): ComparisonOptions["rename"] {
    const name = new RegExp(`"${this.recorded.resource ?? "r"}-[0-9a-f]{6,}"`);
    const [ours] = name.exec(JSON.stringify(own)) ?? [];
    const [theirs] = name.exec(JSON.stringify(recorded)) ?? [];
    return ours !== undefined && theirs?.length === ours.length
      ? [ours.slice(1, -1), theirs.slice(1, -1)]
      : undefined;
  }

  private get timeout(): number {
    return this.rig.timeout ?? 0;
  }
}

/** The engine drops secrets whose value is null before the next call, and so did the recorder. */
function withoutEmptySecrets(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([, value]) => !(value instanceof Secret && value.value === null),
    ),
  );
}
