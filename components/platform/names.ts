/** One Azure naming rule. */
interface NameRule {
  readonly pattern: RegExp;
  readonly longest: number;
  /** The rule in words. */
  readonly rule: string;
}

/** Rules from "Naming rules and restrictions for Azure resources". */
const RULES = {
  resourceGroup: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$/,
    longest: 90,
    rule: "letters, digits and hyphens",
  },
  virtualNetwork: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$/,
    longest: 64,
    rule: "letters, digits and hyphens",
  },
  cluster: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$/,
    longest: 54,
    rule: "letters, digits and hyphens; its DNS prefix has 54 characters at most",
  },
  gateway: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$/,
    longest: 80,
    rule: "letters, digits and hyphens",
  },
  identity: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]{1,126}[A-Za-z0-9]$/,
    longest: 128,
    rule: "letters, digits and hyphens",
  },
  vault: {
    pattern: /^[A-Za-z](?!.*--)[A-Za-z0-9-]*[A-Za-z0-9]$/,
    longest: 24,
    rule: "a letter first, then letters, digits and single hyphens",
  },
  server: {
    pattern: /^[a-z0-9](?!.*--)[a-z0-9-]*[a-z0-9]$/,
    longest: 63,
    rule: "small letters, digits and single hyphens",
  },
} as const satisfies Record<string, NameRule>;

export type NamedKind = keyof typeof RULES;

const PREFIXES: Readonly<Record<NamedKind, string>> = {
  resourceGroup: "rg",
  virtualNetwork: "vnet",
  cluster: "aks",
  gateway: "agw",
  identity: "id",
  vault: "kv",
  server: "psql",
};

/** Characters of the random suffix of names that are unique in all of Azure. */
export const SUFFIX_LENGTH = 6;

/**
 * The name of a platform resource: `<prefix>-<application>-<stack>[-<part>]`. A vault's name has
 * 24 characters at most and goes without the stack; its random part tells stacks apart.
 *
 * @param part tells several of one kind apart, e.g. the slot of an identity
 */
export function resourceName(
  kind: NamedKind,
  { application, stack }: { application: string; stack: string },
  part?: string,
): string {
  const parts = [
    PREFIXES[kind],
    application,
    ...(kind === "vault" ? [] : [stack.toLowerCase()]),
    ...(part ? [part] : []),
  ];
  return parts.join("-").replace(/[^A-Za-z0-9-]+/g, "-");
}

/** The problems with every platform name that a stack would use, one sentence each. */
export function nameProblems(naming: { application: string; stack: string }): string[] {
  const suffix = "x".repeat(SUFFIX_LENGTH);
  const parts: Partial<Record<NamedKind, string>> = {
    vault: suffix,
    server: suffix,
    identity: "cluster",
  };
  return (Object.keys(RULES) as NamedKind[]).flatMap((kind) => {
    const { pattern, longest, rule } = RULES[kind];
    const name = resourceName(kind, naming, parts[kind]);
    return pattern.test(name) && name.length <= longest
      ? []
      : [
          `The ${kind} name "${name}" has ${name.length} characters, allowed are ${longest}: ${rule}. ` +
            "Use a shorter rotation:application or stack name.",
        ];
  });
}
