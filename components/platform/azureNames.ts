import { createHash } from "node:crypto";

/** One Azure naming rule. */
interface NameRule {
  readonly prefix: string;
  /** Between the parts; none where Azure allows letters and digits only. */
  readonly separator: "-" | "";
  readonly pattern: RegExp;
  readonly longest: number;
  /** The rule in words. */
  readonly rule: string;
  /** The name is unique in all of Azure and has a random part instead of the stack's name. */
  readonly short?: boolean;
}

const HYPHENS = {
  separator: "-",
  pattern: /^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$/,
  rule: "letters, digits and hyphens",
} as const;

/** Rules from "Naming rules and restrictions for Azure resources". */
const RULES = {
  resourceGroup: { ...HYPHENS, prefix: "rg", longest: 90 },
  virtualNetwork: { ...HYPHENS, prefix: "vnet", longest: 64 },
  securityGroup: { ...HYPHENS, prefix: "nsg", longest: 80 },
  natGateway: { ...HYPHENS, prefix: "ng", longest: 80 },
  publicAddress: { ...HYPHENS, prefix: "pip", longest: 80 },
  privateEndpoint: { ...HYPHENS, prefix: "pep", longest: 64 },
  cluster: {
    ...HYPHENS,
    prefix: "aks",
    longest: 54,
    rule: "letters, digits and hyphens; its DNS prefix has at most 54 characters",
  },
  // AKS puts nodes, load balancer and add-on identities into a group of its own. The prefix is no
  // beginning of a resource group's name, so that no stack's name can make the two meet.
  nodeGroup: { ...HYPHENS, prefix: "mc", longest: 80 },
  gateway: { ...HYPHENS, prefix: "agw", longest: 80 },
  firewallPolicy: {
    prefix: "waf",
    separator: "",
    pattern: /^[A-Za-z][A-Za-z0-9]*$/,
    longest: 128,
    rule: "letters and digits",
  },
  identity: { ...HYPHENS, prefix: "id", longest: 128 },
  workspace: { ...HYPHENS, prefix: "log", longest: 63 },
  dataCollectionRule: { ...HYPHENS, prefix: "dcr", longest: 64 },
  actionGroup: { ...HYPHENS, prefix: "ag", longest: 260 },
  alert: { ...HYPHENS, prefix: "alert", longest: 260 },
  systemTopic: { ...HYPHENS, prefix: "evgt", longest: 50 },
  vault: {
    ...HYPHENS,
    prefix: "kv",
    pattern: /^[A-Za-z](?!.*--)[A-Za-z0-9-]*[A-Za-z0-9]$/,
    longest: 24,
    rule: "a letter first, then letters, digits and single hyphens",
    short: true,
  },
  server: {
    ...HYPHENS,
    prefix: "psql",
    pattern: /^[a-z0-9](?!.*--)[a-z0-9-]*[a-z0-9]$/,
    longest: 63,
    rule: "lowercase letters, digits and single hyphens",
  },
  registry: {
    prefix: "cr",
    separator: "",
    pattern: /^[a-z0-9]{5,}$/,
    longest: 50,
    rule: "lowercase letters and digits",
    short: true,
  },
} as const satisfies Record<string, NameRule>;

export type NamedKind = keyof typeof RULES;

/** Characters of the random suffix of names that are unique in all of Azure. */
export const SUFFIX_LENGTH = 6;

/** Longest parts that the platform appends, by kind. */
const LONGEST_PARTS: Partial<Record<NamedKind, string>> = {
  vault: "x".repeat(SUFFIX_LENGTH),
  server: "x".repeat(SUFFIX_LENGTH),
  registry: "x".repeat(SUFFIX_LENGTH),
  identity: "control-plane",
  securityGroup: "endpoints",
  publicAddress: "gateway",
  privateEndpoint: "database",
  alert: "rotation-not-completed",
};

/**
 * The name of a platform resource: `<prefix>-<application>-<stack>[-<part>]`. Names of vault and
 * registry go without the stack, for which there is no room; their random part tells stacks apart.
 *
 * @param part tells several of one kind apart, e.g. the slot of an identity
 */
export function resourceName(
  kind: NamedKind,
  { application, stack }: { application: string; stack: string },
  part?: string,
): string {
  const rule: NameRule = RULES[kind];
  const parts = [
    rule.prefix,
    application,
    ...(rule.short ? [] : [stackPart(stack, rule.separator)]),
    ...(part ? [part.replaceAll("-", rule.separator)] : []),
  ];
  return parts.join(rule.separator);
}

/**
 * The stack's name as part of other names. What Azure does not allow is replaced, and then a digest
 * keeps `dev.eu` and `dev-eu` apart.
 */
function stackPart(stack: string, separator: "-" | ""): string {
  const words = stack.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const allowed = words.join(separator);
  return allowed === stack
    ? allowed
    : [...words, createHash("sha256").update(stack).digest("hex").slice(0, 6)].join(separator);
}

/** Words that Azure lets nobody have in any part of a name ("Reserved resource names"). */
const RESERVED = /microsoft|windows/;

/** The problems with every platform name that a stack would use, one sentence each. */
export function nameProblems(naming: { application: string; stack: string }): string[] {
  const reserved = RESERVED.exec(`${naming.application}-${naming.stack.toLowerCase()}`);
  if (reserved !== null) {
    return [
      `Azure does not allow "${reserved[0]}" in a name: use another rotation:application or ` +
        "stack name.",
    ];
  }
  return (Object.keys(RULES) as NamedKind[]).flatMap((kind) => {
    const { pattern, longest, rule } = RULES[kind];
    const name = resourceName(kind, naming, LONGEST_PARTS[kind]);
    return pattern.test(name) && name.length <= longest
      ? []
      : [
          `The ${kind} name "${name}" has ${name.length} characters, at most ${longest} are ` +
            `allowed: ${rule}. ` +
            "Use a shorter rotation:application or stack name.",
        ];
  });
}
