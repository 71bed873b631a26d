/**
 * Stand-in for the `random` provider, as of 4.21.2: passwords and strings. Values come from the
 * system's cryptographic generator. Left out: `bcryptHash`, which nothing here reads.
 */
import { randomInt } from "node:crypto";

import {
  ProviderError,
  Secret,
  UNKNOWN,
  type CheckFailure,
  type Checked,
  type Created,
  type Difference,
  type Properties,
  type Provider,
  type ReadResult,
  type ResourceCall,
  type CheckCall,
  type CreateCall,
  type DiffCall,
  type ReadCall,
  type UpdateCall,
  type Value,
} from "../plugin/provider";
import { equal, hasUnknown, isObject, pick, plain } from "../plugin/values";

type Kind = "boolean" | "number" | "string" | "map";

interface Refusal {
  readonly input: string;
  readonly text: string;
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

const CLASSES = ["special", "upper", "lower", "numeric"];
const MINIMUMS = ["minUpper", "minLower", "minNumeric", "minSpecial"];

const INPUTS: Readonly<Record<string, Kind>> = {
  keepers: "map",
  length: "number",
  lower: "boolean",
  minLower: "number",
  minNumeric: "number",
  minSpecial: "number",
  minUpper: "number",
  number: "boolean",
  numeric: "boolean",
  overrideSpecial: "string",
  special: "boolean",
  upper: "boolean",
};

const LENGTH_MISSING =
  "Missing required property 'length': The length of the string desired. The minimum value for " +
  "length is 1 and, length must also be >= (`min_upper` + `min_lower` + `min_numeric` + " +
  "`min_special`).";

interface ResourceType {
  readonly schemaVersion: string;
  /** The id of what has this result. */
  readonly idOf: (result: string) => string;
  readonly hasSecretResult: boolean;
}

const TYPES: Readonly<Record<string, ResourceType>> = {
  "random:index/randomPassword:RandomPassword": {
    schemaVersion: "3",
    // The id of a password is no secret, so it cannot be the password.
    idOf: () => "none",
    hasSecretResult: true,
  },
  "random:index/randomString:RandomString": {
    schemaVersion: "2",
    idOf: (result) => result,
    hasSecretResult: false,
  },
};

/** A change of an input replaces the value: that is what keepers are for. */
export class RandomProvider implements Provider {
  readonly takesSecrets = false;

  checkConfig(inputs: Properties): Promise<Checked> {
    return Promise.resolve({ inputs, failures: [] });
  }

  configure(): Promise<void> {
    return Promise.resolve();
  }

  async check(call: CheckCall): Promise<Checked> {
    requireKnown(call);
    // Unknown properties are passed over in silence, as the official provider does.
    const known = pick(call.inputs, Object.keys(INPUTS));
    return Promise.resolve({ inputs: call.inputs, failures: failures(call, known) });
  }

  async diff(call: DiffCall): Promise<Difference> {
    const planned = plan(call.inputs);
    const diffs = Object.keys(INPUTS).filter(
      (name) => !sameInput(call.state[name], planned[name]) && !call.ignoreChanges.includes(name),
    );
    return Promise.resolve({
      changes: diffs.length > 0 ? "some" : "none",
      replaces: diffs.filter((name) => isReplacing(name, call.state[name], planned[name])),
      deleteBeforeReplace: false,
      diffs,
      detailedDiff: {},
    });
  }

  async create(call: CreateCall): Promise<Created> {
    const type = requireKnown(call);
    const planned = plan(call.inputs);
    if (call.preview) {
      return { id: "", outputs: { ...planned, id: UNKNOWN, result: UNKNOWN } };
    }
    const result = randomString(plain(planned) as Properties);
    const id = type.idOf(result);
    const meta = { __meta: JSON.stringify({ schema_version: type.schemaVersion }) };
    return Promise.resolve({ id, outputs: marked(type, { ...planned, result, ...meta, id }) });
  }

  /** What makes a difference without a replacement is written down, and the value stays. */
  async update(call: UpdateCall): Promise<Properties> {
    const kept = pick(call.state, ["id", "result", ...(call.preview ? [] : ["__meta"])]);
    return Promise.resolve(marked(requireKnown(call), { ...kept, ...plan(call.inputs) }));
  }

  /** The value lives in the state alone. */
  async read(call: ReadCall): Promise<ReadResult> {
    return Promise.resolve({
      id: call.id,
      outputs: marked(requireKnown(call), call.state),
      inputs: pick(call.inputs, Object.keys(INPUTS)),
    });
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }

  invoke(token: string): Promise<Properties> {
    return Promise.reject(
      new ProviderError(`The random twin does not know the function ${token}.`),
    );
  }

  cancel(): void {
    // Nothing here ever waits.
  }
}

function requireKnown({ type }: ResourceCall): ResourceType {
  const known = TYPES[type];
  if (!known) {
    throw new ProviderError(`The random twin does not know the type ${type}.`);
  }
  return known;
}

function marked({ hasSecretResult }: ResourceType, outputs: Properties): Properties {
  const { result = null } = plain(outputs) as Properties;
  return hasSecretResult ? { ...outputs, result: new Secret(result) } : outputs;
}

/** What the resource will be; fails where only the plan shows that inputs contradict each other. */
function plan(inputs: Properties): Properties {
  const { number, numeric } = plain(inputs) as Properties;
  if (typeof number === "boolean" && typeof numeric === "boolean" && number !== numeric) {
    const text =
      "Number and numeric are both configured with different values - Number is deprecated, use " +
      "numeric instead";
    throw new ProviderError(`1 error occurred:\n\t* : ${text}\n\n`);
  }
  return expected(inputs);
}

/** The inputs with what they are when they are not given. */
function expected(inputs: Properties): Properties {
  const given: Properties = {};
  for (const [name, value] of Object.entries(pick(inputs, Object.keys(INPUTS)))) {
    if (value !== null) {
      given[name] = typed(value, INPUTS[name] as Kind);
    }
  }
  const numeric = given["numeric"] ?? given["number"] ?? true;
  return {
    lower: true,
    special: true,
    upper: true,
    number: numeric,
    numeric,
    ...Object.fromEntries(MINIMUMS.map((minimum) => [minimum, 0])),
    ...given,
  };
}

/** Numbers may come as texts, and texts as numbers or booleans. */
function typed(value: Value, kind: Kind): Value {
  if (kind === "number" && isNumeric(value)) {
    return Number(value);
  }
  if (kind === "string" && (typeof value === "number" || typeof value === "boolean")) {
    return String(value);
  }
  return kind === "map" && isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, element]) => [key, typed(element, "string")]),
      )
    : value;
}

function isNumeric(value: Value): value is string {
  return typeof value === "string" && /^[+-]?\d+$/.test(value);
}

/** Keys without a value are the same as no keys; everything unknown differs. */
function sameInput(state: Value | undefined, planned: Value | undefined): boolean {
  return equal(withoutNulls(state), withoutNulls(planned));
}

function withoutNulls(value: Value | undefined): Value {
  const bare = plain(value) ?? null;
  return isObject(bare)
    ? Object.fromEntries(Object.entries(bare).filter(([, element]) => element !== null))
    : bare;
}

/** Special characters replace the value when they are known, and more than an empty set. */
function isReplacing(name: string, state: Value | undefined, planned: Value | undefined): boolean {
  const isEmptied = planned === undefined && plain(state) === "";
  return name !== "overrideSpecial" || !(plain(planned) === UNKNOWN || isEmptied);
}

function failures({ name }: CheckCall, known: Properties): CheckFailure[] {
  const missing = (known["length"] ?? null) === null ? [LENGTH_MISSING] : [];
  const refusals = [
    ...Object.entries(known).flatMap(([input, value]) => wrongKind(input, value)),
    ...(missing.length === 0 && !hasUnknown(known)
      ? stringRefusals(plain(expected(known)) as Properties)
      : []),
  ].map(({ input, text }) => `${text} Examine values at '${name}.${input}'.`);
  return [...missing, ...refusals].map((reason) => ({ property: "", reason }));
}

function wrongKind(input: string, value: Value): Refusal[] {
  const bare = plain(value);
  const kind = INPUTS[input];
  const fits =
    bare === UNKNOWN ||
    bare === null ||
    (kind === "map"
      ? isObject(bare)
      : kind === "number"
        ? Number.isInteger(bare) || isNumeric(bare as Value)
        : typeof bare === kind || (kind === "string" && typeof bare !== "object"));
  const wanted = kind === "number" ? "whole number" : kind;
  return fits ? [] : [{ input, text: `Invalid Attribute Value. ${input} must be a ${wanted}.` }];
}

function stringRefusals(planned: Properties): Refusal[] {
  const length = planned["length"] as number;
  const refuse = (input: string, text: string) => [{ input, text }];
  if (length < 1) {
    return refuse(
      "length",
      `Invalid Attribute Value. Attribute length value must be at least 1, got: ${length}.`,
    );
  }
  if (MINIMUMS.reduce((sum, minimum) => sum + (planned[minimum] as number), 0) > length) {
    return refuse(
      "length",
      "Invalid Attribute Value. Attribute length value must be at least sum of min_upper + " +
        `min_lower + min_numeric + min_special, got: ${length}.`,
    );
  }
  if (CLASSES.every((name) => planned[name] === false)) {
    return CLASSES.flatMap((name) =>
      refuse(
        name,
        "Invalid Attribute Combination. At least one attribute out of " +
          `[${CLASSES.join(",")}] must be specified as true.`,
      ),
    );
  }
  return [];
}

/** First the minimum of each class, then any of the chosen classes, then shuffled. */
function randomString(planned: Properties): string {
  const special = (planned["overrideSpecial"] as string | undefined) || SPECIAL;
  const chosen =
    (planned["upper"] ? UPPER : "") +
    (planned["lower"] ? LOWER : "") +
    (planned["numeric"] ? DIGITS : "") +
    (planned["special"] ? special : "");
  const characters = [
    ...randomCharacters(UPPER, planned["minUpper"] as number),
    ...randomCharacters(LOWER, planned["minLower"] as number),
    ...randomCharacters(DIGITS, planned["minNumeric"] as number),
    ...randomCharacters(special, planned["minSpecial"] as number),
  ];
  const rest = (planned["length"] as number) - characters.length;
  return shuffled([...characters, ...randomCharacters(chosen, rest)]).join("");
}

function randomCharacters(set: string, count: number): string[] {
  const characters = [...set];
  return Array.from({ length: count }, () => characters[randomInt(characters.length)] as string);
}

function shuffled(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [
      characters[other] as string,
      characters[last] as string,
    ];
  }
  return characters;
}
