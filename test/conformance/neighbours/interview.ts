import type { Properties, Value } from "../../../twin/plugin/provider";
import { toRecorded, type Recorded } from "../../support/comparison";
import type { RecordedCase, RecordedStep } from "../../support/conformance";
import type { Conversation, Question } from "../../support/conversation";
import { outerProperty, type Inputs, type Probe, type TypeProbes } from "./probes";

/** Begins a conversation about a resource that does not exist yet. */
type Begin = (type: string) => Promise<Conversation>;

type Answer = { [key: string]: Recorded };

/** Asks a provider everything about the properties of one type. */
export async function interview(
  type: string,
  probes: TypeProbes,
  begin: Begin,
): Promise<RecordedCase[]> {
  const cases: RecordedCase[] = [];
  const ask = async (name: string, questions: (about: Interview) => Promise<unknown>) => {
    const about = new Interview(await begin(type), probes);
    await questions(about);
    cases.push({ name, type, steps: about.steps });
  };
  const isProvider = type.startsWith("pulumi:providers:");
  for (const [path, probe] of Object.entries(probes.properties)) {
    await ask(path, (about) =>
      isProvider ? about.settings(path, probe) : about.life(path, probe),
    );
    if (!isProvider) {
      await ask(`${path} that is odd`, (about) => about.oddities(path, probe));
    }
    if (!isProvider && !(outerProperty(path) in probes.base)) {
      await ask(`${path} that is added`, (about) => about.addition(path, probe));
    }
  }
  for (const [name, inputs] of Object.entries(probes.combinations ?? {})) {
    await ask(name, (about) =>
      isProvider ? about.setting(inputs) : about.begin({ ...probes.base, ...inputs }),
    );
  }
  return cases;
}

/** The questions of one case and what was answered. */
class Interview {
  readonly steps: RecordedStep[] = [];

  constructor(
    private readonly conversation: Conversation,
    private readonly probes: TypeProbes,
  ) {}

  /** From the first value through all the others to none at all, then read and deleted. */
  async life(path: string, { values: [first, ...others], with: beside }: Probe): Promise<void> {
    const property = outerProperty(path);
    const { [property]: given, ...rest } = { ...this.probes.base, ...beside };
    const inputsWith = (value: Recorded | undefined): Inputs =>
      value === undefined ? rest : { ...rest, [property]: value };
    if (!(await this.begin(inputsWith(first)))) {
      return;
    }
    await this.ask({ call: "diff", to: "same" });
    const next = [
      "<unknown>",
      ...others,
      // What cannot be left out goes back to where it was.
      ...(path === property ? [given] : []),
    ];
    for (const value of next) {
      await this.change(inputsWith(value), value);
    }
    await this.ask({ call: "read" });
    await this.ask({ call: "delete" });
  }

  /** From none to the first value. */
  async addition(path: string, { values: [first = null], with: beside }: Probe): Promise<void> {
    const inputs = { ...this.probes.base, ...beside };
    if (await this.begin(inputs)) {
      await this.change({ ...inputs, [outerProperty(path)]: first }, first);
      await this.ask({ call: "delete" });
    }
  }

  /** Refused and unusual values, nothing where something is needed, and secrets. */
  async oddities(path: string, { values: [first = null], with: beside, odd = [] }: Probe) {
    const property = outerProperty(path);
    const { [property]: given, ...rest } = { ...this.probes.base, ...beside };
    if (given !== undefined) {
      await this.check(rest);
    }
    for (const value of [...odd, { "<secret>": first }, "<unknown>"]) {
      const { failures } = await this.check({ ...rest, [property]: value });
      if (Array.isArray(failures) && failures.length === 0) {
        await this.ask({ call: "create", preview: true });
      }
    }
  }

  /** Of the provider itself nothing but the check can be asked. */
  async settings(path: string, { values, odd = [] }: Probe): Promise<void> {
    for (const value of [...values, ...odd, "<unknown>"]) {
      await this.setting({ ...this.probes.base, [outerProperty(path)]: value });
    }
  }

  async setting(inputs: Inputs): Promise<void> {
    await this.ask({ call: "checkConfig", inputs });
  }

  /** Resolves to whether the resource is there now; if the check is passed it is tried. */
  async begin(inputs: Inputs): Promise<boolean> {
    const { failures } = await this.check(inputs);
    if (!Array.isArray(failures) || failures.length > 0) {
      return false;
    }
    await this.ask({ call: "create", preview: true });
    const { error } = await this.ask({ call: "create", preview: false });
    await this.look();
    return error === undefined;
  }

  /** An update where the provider does not ask for a replacement; with unknowns a preview only. */
  private async change(inputs: Inputs, value: Recorded | undefined): Promise<void> {
    const to = value === undefined ? "nothing" : JSON.stringify(value);
    const { changes, replaces } = await this.ask({ call: "diff", to, inputs });
    if (changes !== "some" || !Array.isArray(replaces) || replaces.length > 0) {
      return;
    }
    await this.ask({ call: "update", preview: true });
    if (value !== "<unknown>") {
      await this.ask({ call: "update", preview: false });
      await this.look();
    }
  }

  private check(inputs: Inputs): Promise<Answer> {
    return this.ask({ call: "check", inputs });
  }

  private async look(): Promise<void> {
    const { sql } = this.probes;
    if (sql !== undefined) {
      await this.ask({ call: "sql", query: sql });
    }
  }

  private async ask(question: Question): Promise<Answer> {
    const response = recordable(await this.conversation.answer(question));
    this.steps.push({ ...question, response });
    return response;
  }
}

/** Values that differ from run to run, or that only the official provider can read. */
const VOLATILE = ["__pulumi_raw_state_delta", "bcryptHash"];

/** What a provider makes up. */
const GENERATED = ["result"];

function recordable(answer: Value): Answer {
  const recorded = toRecorded(answer) as Answer;
  const made = GENERATED.flatMap((name) => madeUp((answer as Properties)["outputs"], name));
  const mark = (value: Recorded): Recorded => {
    if (typeof value === "string") {
      return made.includes(value) ? "<generated>" : value;
    }
    if (Array.isArray(value)) {
      return value.map(mark);
    }
    return value !== null && typeof value === "object"
      ? Object.fromEntries(
          Object.entries(value).map(([key, inner]) => [
            key,
            VOLATILE.includes(key) ? "<volatile>" : mark(inner),
          ]),
        )
      : value;
  };
  return mark(recorded) as Answer;
}

function madeUp(outputs: Value | undefined, name: string): string[] {
  const value = toRecorded((outputs as Properties | undefined)?.[name] ?? null);
  const bare =
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? value["<secret>"]
      : value;
  return typeof bare === "string" && bare !== "<unknown>" ? [bare] : [];
}
