import { readFileSync } from "node:fs";
import path from "node:path";

import { Secret, type Properties, type Provider, type Value } from "../../twin/plugin/provider";
import { differences, fromRecorded, type Recorded } from "./comparison";
import { Conversation, type Question, type Subject } from "./conversation";
import { ProviderClient } from "./providerClient";

/** One recorded conversation about one resource. */
export interface RecordedCase extends Subject {
  readonly name: string;
  /** What was configured differently from the other cases, in words. */
  readonly configure?: string;
  readonly steps: readonly RecordedStep[];
}

export interface RecordedStep extends Question {
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
  readonly configuration: (recorded: { readonly configure?: string }) => Properties;
  /** Runs once before all cases (servers, objects that must exist) and once after. */
  readonly start?: () => Promise<void>;
  readonly stop?: () => Promise<void>;
  /** Takes away what a case may have left behind. */
  readonly reset?: () => Promise<void>;
  /** Answers the `sql` steps. */
  readonly sql?: (query: string) => Promise<Properties[]>;
}

/** Recorded files of another place: `CONFORMANCE_DIR`. */
export const CONFORMANCE_DIR =
  process.env["CONFORMANCE_DIR"] ?? path.join(__dirname, "..", "conformance", "recorded");

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

/**
 * Asks a served provider everything that was recorded in a case and compares the answers.
 *
 * @param anyRefusal whether one refusal of inputs is as good as another, whatever its words
 */
export async function askAgain(
  recorded: RecordedCase,
  rig: Rig,
  port: number,
  { anyRefusal = false } = {},
): Promise<Problem[]> {
  const client = await ProviderClient.connect(port);
  try {
    const conversation = new Conversation(recorded, client, {
      configuration: rig.configuration(recorded),
      sql: rig.sql,
    });
    const problems: Problem[] = [];
    for (const [index, step] of recorded.steps.entries()) {
      const title = [`step ${index} ${step.call}`, step.to, step.preview ? "preview" : undefined]
        .filter((part) => part !== undefined)
        .join(", ");
      const answer = await conversation.answer(withRevealedSecrets(step));
      const texts =
        anyRefusal && step.call.startsWith("check") && isRefused(step.response)
          ? isRefused(answer)
            ? []
            : ["accepted, recorded: a refusal"]
          : compare(recorded, step, answer);
      problems.push(...texts.map((text) => ({ step: index, text: `${title}: ${text}` })));
    }
    return problems;
  } finally {
    client.close();
  }
}

/** A check that fails, or that finds failures. */
function isRefused(answer: Value): boolean {
  const { error, failures } = answer as Properties;
  return error !== undefined || (Array.isArray(failures) && failures.length > 0);
}

/** The recorder hid secrets of the configuration in the request, but not in the answer. */
function withRevealedSecrets(step: RecordedStep): Question {
  const answers = fromRecorded(step.response["inputs"] ?? {}) as Properties;
  const request = Object.entries(step.inputs ?? {}).map(([key, value]) => {
    const answer = answers[key];
    return [key, value === "<secret>" && answer instanceof Secret ? answer.value : value];
  });
  return { ...step, inputs: Object.fromEntries(request) as { [key: string]: Recorded } };
}

function compare(recorded: RecordedCase, { response }: RecordedStep, answer: Value): string[] {
  const { error } = response;
  // A check that fails was recorded with the text alone.
  const expected =
    typeof error === "string" ? { error: { code: "<volatile>", message: error } } : response;
  return differences(answer, expected, { rename: autoName(recorded, answer) });
}

/** Auto-names hold random digits: equal when the base and the number of digits are. */
function autoName(
  { resource = "r", steps }: RecordedCase,
  answer: Value,
): readonly [own: string, recorded: string] | undefined {
  const name = new RegExp(`"${resource}-[0-9a-f]{6,}"`);
  const [ours] = name.exec(JSON.stringify(answer)) ?? [];
  const [theirs] = name.exec(JSON.stringify(steps[0]?.response)) ?? [];
  return ours !== undefined && theirs?.length === ours.length
    ? [ours.slice(1, -1), theirs.slice(1, -1)]
    : undefined;
}
