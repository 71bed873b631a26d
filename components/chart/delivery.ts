import { createHash } from "node:crypto";
import { mountName, namesOf, type SlotPlan } from "../plan";
import { CHART_DEFAULTS, type SecretSource } from "./declared";

/** How an application gets its credential. */
export type Delivery =
  /** A SecretProviderClass mounts one version of the vault secret; nothing else has it. */
  | {
      readonly by: "file";
      /**
       * Name of the file in the mount: letters, digits, `-`, `_` and `.`.
       * @default "password"
       */
      readonly fileName?: string | undefined;
    }
  /**
   * An immutable Secret of each generation, for charts that know nothing else. Weaker: whoever may
   * read Secrets in the namespace reads it, and variables of a process are easily dumped.
   */
  | {
      readonly by: "secret";
      /**
       * Keys of the Secret, with what each holds: text with `${password}`, `${role}`, `${host}`,
       * `${port}` and `${database}`. One has to be exactly `${password}`: the proofs log in with it.
       * @default { password: "${password}" }
       */
      readonly keys?: SecretKeys | undefined;
      /**
       * Who writes it. With `vault` the driver of the vault does, from what a pod of the program's own
       * has mounted: then each key is exactly `${password}`, and Kubernetes does not know the Secret as
       * immutable.
       * @default "program"
       */
      readonly from?: SecretSource | undefined;
    };

export type SecretKeys = Readonly<Record<string, string>>;

/** What a key of the Secret can hold; the password is letters and digits, so that it fits a URL. */
export const SECRET_PLACEHOLDERS = ["password", "role", "host", "port", "database"] as const;

export type SecretPlaceholder = (typeof SECRET_PLACEHOLDERS)[number];

/** What the mounted file is called unless the configuration says otherwise. */
export const FILE_NAME = CHART_DEFAULTS.fileName;

const PASSWORD = "${password}";
const PLACEHOLDER = /\$\{([^}]*)\}/g;

/** Digits of the digest by which objects of other files or keys are told apart. */
const DIGEST_DIGITS = 6;

/** The file that pods mount. */
export function fileNameOf(delivery: Delivery | undefined): string {
  return (delivery?.by === "file" ? delivery.fileName : undefined) ?? FILE_NAME;
}

/** The keys of the Secret, with what they hold. */
export function secretKeysOf(delivery: Delivery & { by: "secret" }): SecretKeys {
  return delivery.keys ?? CHART_DEFAULTS.secretKeys;
}

/** Whether the vault's driver writes the Secret, for a holder. */
export function isHeld(
  delivery: Delivery | undefined,
): delivery is Delivery & { by: "secret"; from: "vault" } {
  return delivery?.by === "secret" && delivery.from === "vault";
}

/** The key that holds the password alone; there is one, by `secretKeysProblems`. */
export function passwordKey(keys: SecretKeys): string {
  return Object.keys(keys).find((key) => keys[key] === PASSWORD)!;
}

/**
 * What a slot's pods refer to: another version, and other keys or another file, are another object,
 * so that nothing changes under pods that run.
 */
export function deliveredName(
  application: string,
  { slot, generation }: Pick<SlotPlan, "slot" | "generation">,
  delivery: Delivery | undefined,
  version: string,
): string {
  const { secret } = namesOf(application).slot(slot);
  const base = delivery?.by === "secret" ? `${secret}-${generation}` : secret;
  return mountName(`${base}${variantOf(delivery)}`, version);
}

/** What a retired slot's release refers to: there is no such object, and no pod. */
export function retiredName(
  application: string,
  slot: SlotPlan["slot"],
  delivery: Delivery | undefined,
): string {
  const { secret } = namesOf(application).slot(slot);
  return delivery?.by === "secret" ? `${secret}-none` : secret;
}

/** The problem with the name of a file in a mount, as a sentence; undefined if there is none. */
export function fileNameProblem(name: string): string | undefined {
  return isEntryName(name)
    ? undefined
    : `must be letters, digits, "-", "_" and ".", without a slash, not "${name}".`;
}

/**
 * The problems with the keys of a Secret, a sentence each. Only names are in them: a text may hold
 * what its author takes for no secret.
 */
export function secretKeysProblems(
  keys: SecretKeys,
  from: SecretSource = CHART_DEFAULTS.secretFrom,
): string[] {
  const entries = Object.entries(keys);
  const known = SECRET_PLACEHOLDERS.map((name) => `\${${name}}`).join(", ");
  return [
    ...entries
      .filter(([key]) => !isEntryName(key))
      .map(([key]) => `must not have the key "${key}": Kubernetes allows ${ENTRY_NAME_RULE}.`),
    ...entries.flatMap(([key, text]) =>
      placeholdersIn(text)
        .filter((name) => !isKnown(name))
        .map((name) => `must not use \${${name}} in the key "${key}". Known are ${known}.`),
    ),
    ...(entries.some(([, text]) => text === PASSWORD)
      ? []
      : [`must have a key that is exactly ${PASSWORD}: the proofs log in with it.`]),
    ...entries
      .filter(([, text]) => from === "vault" && text !== PASSWORD)
      .map(
        ([key]) =>
          `must have exactly ${PASSWORD} in the key "${key}" with rotation:secretFrom vault: the vault ` +
          "holds the password and nothing else, and its driver fills in no text.",
      ),
  ];
}

/** What a Secret's keys hold, with every placeholder replaced. */
export function filledKeys(
  keys: SecretKeys,
  values: Readonly<Record<SecretPlaceholder, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(keys).map(([key, text]) => [
      key,
      text.replace(PLACEHOLDER, (whole, name: string) => (isKnown(name) ? values[name] : whole)),
    ]),
  );
}

/** `IsConfigMapKey` of Kubernetes; a file in a mount follows the same rule. */
const ENTRY_NAME_RULE = 'up to 253 letters, digits, "-", "_" and "." that do not begin with ".."';

function isEntryName(name: string): boolean {
  return /^(?!\.\.|\.$)[-._a-zA-Z0-9]{1,253}$/.test(name);
}

function isKnown(name: string): name is SecretPlaceholder {
  return (SECRET_PLACEHOLDERS as readonly string[]).includes(name);
}

function placeholdersIn(text: string): string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name))];
}

/** Part of a name that tells another file, other keys or another writer apart; empty for the usual ones. */
function variantOf(delivery: Delivery | undefined): string {
  const [shape, usual] =
    delivery?.by === "secret"
      ? [
          `${canonical(secretKeysOf(delivery))}${isHeld(delivery) ? delivery.from : ""}`,
          canonical(CHART_DEFAULTS.secretKeys),
        ]
      : [fileNameOf(delivery), FILE_NAME];
  const digest = createHash("sha256").update(shape).digest("hex").slice(0, DIGEST_DIGITS);
  return shape === usual ? "" : `-${digest}`;
}

/** The same text for the same keys, in any order. */
function canonical(keys: SecretKeys): string {
  return JSON.stringify(Object.entries(keys).sort(([one], [other]) => (one < other ? -1 : 1)));
}
