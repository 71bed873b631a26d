/**
 * Stand-in for the `random` provider, as of 4.21.2. Values come from the system's cryptographic
 * generator. Left out: `bcryptHash`, which nothing here reads, and the types with word lists.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";

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

interface ResourceType {
  readonly inputs: Readonly<Record<string, Kind>>;
  /** Required inputs with the description that the refusal repeats. */
  readonly required: Readonly<Record<string, string>>;
  /** What is not known before the value has been made. */
  readonly generated: readonly string[];
  /** Outputs that are secret whatever the inputs are. */
  readonly secret?: readonly string[];
  readonly schemaVersion?: number;
  readonly defaults?: (inputs: Properties) => Properties;
  readonly refusals?: (planned: Properties) => Refusal[];
  /** Makes the value: the id and the generated outputs. */
  readonly generate: (planned: Properties) => Created;
}

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

const STRING: Omit<ResourceType, "generate" | "schemaVersion"> = {
  inputs: {
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
  },
  required: {
    length:
      "The length of the string desired. The minimum value for length is 1 and, length must also " +
      "be >= (`min_upper` + `min_lower` + `min_numeric` + `min_special`).",
  },
  generated: ["result"],
  defaults: (inputs) => {
    // One stands for the other, though a mark as a secret is its own.
    const numeric = plain(inputs["numeric"] ?? inputs["number"]) ?? true;
    return {
      lower: true,
      special: true,
      upper: true,
      number: numeric,
      numeric,
      ...Object.fromEntries(MINIMUMS.map((minimum) => [minimum, 0])),
    };
  },
  refusals: stringRefusals,
};

const TYPES: Readonly<Record<string, ResourceType>> = {
  "random:index/randomPassword:RandomPassword": {
    ...STRING,
    schemaVersion: 3,
    secret: ["result"],
    // The id of a password is no secret, so it cannot be the password.
    generate: (planned) => ({ id: "none", outputs: { result: randomString(planned) } }),
  },
  "random:index/randomString:RandomString": {
    ...STRING,
    schemaVersion: 2,
    generate: (planned) => {
      const result = randomString(planned);
      return { id: result, outputs: { result } };
    },
  },
  "random:index/randomId:RandomId": {
    inputs: { byteLength: "number", keepers: "map", prefix: "string" },
    required: {
      byteLength:
        "The number of random bytes to produce. The minimum value is 1, which produces eight bits " +
        "of randomness.",
    },
    generated: ["b64Std", "b64Url", "dec", "hex"],
    generate: randomId,
  },
  "random:index/randomInteger:RandomInteger": {
    inputs: { keepers: "map", max: "number", min: "number", seed: "string" },
    required: {
      max: "The maximum inclusive value of the range.",
      min: "The minimum inclusive value of the range.",
    },
    generated: ["result"],
    refusals: ({ seed }) =>
      seed === undefined ? [] : [{ input: "seed", text: "The random twin knows no seeds." }],
    generate: randomInteger,
  },
  "random:index/randomUuid:RandomUuid": {
    inputs: { keepers: "map" },
    required: {},
    generated: ["result"],
    generate: () => {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
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
    const type = typeOf(call);
    // Unknown properties are passed over in silence, as the official provider does.
    const known = pick(call.inputs, Object.keys(type.inputs));
    return Promise.resolve({ inputs: call.inputs, failures: failures(call, type, known) });
  }

  async diff(call: DiffCall): Promise<Difference> {
    const type = typeOf(call);
    const planned = plan(type, call.inputs);
    const diffs = Object.keys(type.inputs).filter(
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
    const type = typeOf(call);
    const planned = plan(type, call.inputs);
    if (call.preview) {
      const unknown = ["id", ...type.generated].map((name) => [name, UNKNOWN]);
      return { id: "", outputs: { ...planned, ...Object.fromEntries(unknown) } as Properties };
    }
    const { id, outputs } = type.generate(plain(planned) as Properties);
    const meta: Properties =
      type.schemaVersion === undefined
        ? {}
        : { __meta: JSON.stringify({ schema_version: String(type.schemaVersion) }) };
    return Promise.resolve({ id, outputs: marked(type, { ...planned, ...outputs, ...meta, id }) });
  }

  /** What makes a difference without a replacement is written down, and the value stays. */
  async update(call: UpdateCall): Promise<Properties> {
    const type = typeOf(call);
    const { __meta: meta, ...state } = call.state;
    return Promise.resolve(
      marked(type, {
        ...pick(state, ["id", ...type.generated]),
        ...plan(type, call.inputs),
        ...(call.preview || meta === undefined ? {} : { __meta: meta }),
      }),
    );
  }

  /** The value lives in the state alone. */
  async read(call: ReadCall): Promise<ReadResult> {
    const type = typeOf(call);
    return Promise.resolve({
      id: call.id,
      outputs: marked(type, call.state),
      inputs: pick(call.inputs, Object.keys(type.inputs)),
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

function typeOf({ type }: ResourceCall): ResourceType {
  const known = TYPES[type];
  if (!known) {
    throw new ProviderError(`The random twin does not know the type ${type}.`);
  }
  return known;
}

function marked({ secret = [] }: ResourceType, outputs: Properties): Properties {
  const hidden = Object.entries(pick(outputs, secret)).map(([name, value]) => [
    name,
    value instanceof Secret ? value : new Secret(value),
  ]);
  return { ...outputs, ...(Object.fromEntries(hidden) as Properties) };
}

/** What the resource will be; fails where only the plan shows that inputs contradict each other. */
function plan(type: ResourceType, inputs: Properties): Properties {
  const { number, numeric } = plain(inputs) as Properties;
  if (typeof number === "boolean" && typeof numeric === "boolean" && number !== numeric) {
    const text =
      "Number and numeric are both configured with different values - Number is deprecated, use " +
      "numeric instead";
    throw new ProviderError(`1 error occurred:\n\t* : ${text}\n\n`);
  }
  return expected(type, inputs);
}

function expected(type: ResourceType, inputs: Properties): Properties {
  const given: Properties = {};
  for (const [name, value] of Object.entries(pick(inputs, Object.keys(type.inputs)))) {
    if (value !== null) {
      given[name] = typed(value, type.inputs[name] as Kind);
    }
  }
  return { ...type.defaults?.(given), ...given };
}

/** Numbers may come as texts, and texts as numbers or booleans. */
function typed(value: Value, kind: Kind): Value {
  if (value instanceof Secret) {
    return new Secret(typed(value.value, kind));
  }
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
function isReplacing(
  name: string,
  state: Value | undefined,
  planned: Value | undefined,
): boolean {
  const isEmptied = planned === undefined && plain(state) === "";
  return name !== "overrideSpecial" || !(plain(planned) === UNKNOWN || isEmptied);
}

function failures(call: CheckCall, type: ResourceType, known: Properties): CheckFailure[] {
  const missing = Object.entries(type.required)
    .filter(([name]) => (known[name] ?? null) === null)
    .map(([name, description]) => `Missing required property '${name}': ${description}`);
  const refusals = [
    ...Object.entries(known).flatMap(([input, value]) => wrongKind(input, value, type)),
    ...(missing.length === 0 && !hasUnknown(known)
      ? (type.refusals?.(plain(expected(type, known)) as Properties) ?? [])
      : []),
  ].map(({ input, text }) => `${text} Examine values at '${call.name}.${input}'.`);
  return [...missing, ...refusals].map((reason) => ({ property: "", reason }));
}

function wrongKind(input: string, value: Value, type: ResourceType): Refusal[] {
  const bare = plain(value);
  const kind = type.inputs[input];
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

function randomId(planned: Properties): Created {
  const bytes = randomBytes(planned["byteLength"] as number);
  const prefix = (planned["prefix"] as string | undefined) ?? "";
  const id = bytes.toString("base64url");
  const hex = bytes.toString("hex");
  return {
    id,
    outputs: {
      b64Std: prefix + bytes.toString("base64"),
      b64Url: prefix + id,
      dec: prefix + BigInt(`0x${hex || "0"}`).toString(),
      hex: prefix + hex,
    },
  };
}

function randomInteger({ min, max }: Properties): Created {
  if ((max as number) < (min as number)) {
    throw new ProviderError(
      "The minimum (minVal) value needs to be smaller than or equal to maximum (maxVal) value.",
    );
  }
  const result = randomInt(min as number, (max as number) + 1);
  return { id: String(result), outputs: { result } };
}
