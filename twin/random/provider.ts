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
import { equal, hasUnknown, pick, plain } from "../plugin/values";

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

const SCHEMA_VERSION = "3";

/** What the types make of a string: the id and the result. */
const TYPES: Readonly<Record<string, (drawn: string) => { id: string; result: Value }>> = {
  // The id of a password is no secret, so it cannot be the password.
  "random:index/randomPassword:RandomPassword": (drawn) => ({
    id: "none",
    result: new Secret(drawn),
  }),
  "random:index/randomString:RandomString": (drawn) => ({ id: drawn, result: drawn }),
};

/** Every input of every type replaces the value when it changes: that is what keepers are for. */
export class RandomProvider implements Provider {
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
    const replaces = Object.keys(INPUTS).filter(
      (name) => !sameInput(call.state[name], planned[name]) && !call.ignoreChanges.includes(name),
    );
    return Promise.resolve({
      changes: replaces.length > 0 ? "some" : "none",
      replaces,
      deleteBeforeReplace: false,
      diffs: replaces,
      detailedDiff: {},
    });
  }

  async create(call: CreateCall): Promise<Created> {
    const made = requireKnown(call);
    const planned = plan(call.inputs);
    if (call.preview) {
      return { id: "", outputs: { ...planned, id: UNKNOWN, result: UNKNOWN } };
    }
    const { id, result } = made(randomString(plain(planned) as Properties));
    const meta = { __meta: JSON.stringify({ schema_version: SCHEMA_VERSION }) };
    return Promise.resolve({ id, outputs: { ...planned, result, ...meta, id } });
  }

  /** Nothing that makes a difference is ever updated in place. */
  async update(call: UpdateCall): Promise<Properties> {
    return Promise.resolve({ ...call.state, ...plan(call.inputs) });
  }

  /** The value lives in the state alone. */
  async read(call: ReadCall): Promise<ReadResult> {
    return Promise.resolve({
      id: call.id,
      outputs: call.state,
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

function requireKnown({ type }: ResourceCall) {
  const known = TYPES[type];
  if (!known) {
    throw new ProviderError(`The random twin does not know the type ${type}.`);
  }
  return known;
}

/** The inputs with what they are when they are not given. */
function plan(inputs: Properties): Properties {
  const numeric = inputs["numeric"] ?? inputs["number"] ?? true;
  return {
    lower: true,
    special: true,
    upper: true,
    number: numeric,
    numeric,
    ...Object.fromEntries(MINIMUMS.map((minimum) => [minimum, 0])),
    ...pick(inputs, Object.keys(INPUTS)),
  };
}

/** Keys without a value, empty maps and empty strings are the same as nothing. */
function sameInput(state: Value | undefined, planned: Value | undefined): boolean {
  return equal(withoutNulls(state), withoutNulls(planned));
}

function withoutNulls(value: Value | undefined): Value {
  const bare = plain(value);
  if (bare === undefined || bare === "" || bare === null) {
    return null;
  }
  if (typeof bare !== "object" || Array.isArray(bare)) {
    return bare;
  }
  const entries = Object.entries(bare).filter(([, element]) => element !== null);
  return entries.length > 0 ? Object.fromEntries(entries) : null;
}

function failures({ name }: CheckCall, known: Properties): CheckFailure[] {
  const missing = (known["length"] ?? null) === null ? [LENGTH_MISSING] : [];
  const refusals = [
    ...Object.entries(known).flatMap(([input, value]) => wrongKind(input, value)),
    ...(missing.length === 0 && !hasUnknown(known)
      ? stringRefusals(plain(plan(known)) as Properties)
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
      ? typeof bare === "object" && !Array.isArray(bare)
      : typeof bare === kind && (kind !== "number" || Number.isInteger(bare)));
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
  if (planned["number"] !== planned["numeric"]) {
    return refuse(
      "number",
      "Number and numeric are both configured with different values. Number is deprecated, use " +
        "numeric instead.",
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
