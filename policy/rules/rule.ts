/** A resource as a program registers it: no outputs, because rules speak of what was asked for. */
export interface Resource {
  /** Pulumi's token: `azure-native:keyvault:Vault`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly props: Values;
}

export type Values = Readonly<Record<string, unknown>>;

/** Where the properties come from, for rules that need more than them. */
export interface Context {
  readonly type: string;
  /** All resources of the stack; only this one unless the rule `needsStack`. */
  readonly all: readonly Resource[];
}

/** One promise about one kind of resource, as a pure function. */
export interface Rule {
  /**
   * Public id of PSRule.Rules.Azure (AZR-), Checkov (CKV_), Trivy (AVD-AZU-), the Azure Proactive
   * Resiliency Library (APRL-) or the CIS benchmark of AKS (CIS-AKS-). ROT- where none of them has
   * a rule that guards security; `reference` is the reason.
   */
  readonly id: string;
  /** Ids of other rule sets for the same thing. */
  readonly also?: readonly string[];
  /** What has to be so, as a sentence. */
  readonly title: string;
  /** Title of the public document behind a ROT- rule. */
  readonly reference?: string;
  /** Tokens of the resources it is about. */
  readonly appliesTo: readonly string[];
  /** It looks at other resources too, so it can only be asked once all are known. */
  readonly needsStack?: true;
  /** The problem in words; undefined when there is none. */
  check(props: Values, context: Context): string | undefined;
}

/** What a rule found. */
export interface Finding {
  readonly id: string;
  readonly also: readonly string[];
  readonly title: string;
  readonly resource: Resource;
  readonly problem: string;
}

/** What rules have to say about resources, in the order of the resources. */
export function findings(rules: readonly Rule[], resources: readonly Resource[]): Finding[] {
  return resources.flatMap((resource) =>
    rules
      .filter(({ appliesTo }) => appliesTo.includes(resource.type))
      .flatMap((rule) => {
        const { type, props } = resource;
        const problem = rule.check(props, { type, all: resources });
        const { id, also = [], title } = rule;
        return problem === undefined ? [] : [{ id, also, title, resource, problem }];
      }),
  );
}
