import type {
  PolicyPackArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { PROFILE_NAMES, type ProfileName } from "../components";
import { findings, type Resource, type Rule, RULES } from "./rules";
import { waiverOf } from "./waivers";

/**
 * The table as a policy pack. A rule about one resource is asked before that resource is touched,
 * one about several when all are known. What is waived for the stack's profile is not reported.
 *
 * @param profile of the stack, `rotation:profile`; asked when a resource comes, because the engine
 *   tells a pack of its stack only after it has been loaded
 */
export function policyPack(profile: () => string | undefined): PolicyPackArgs {
  // A stack policy gets what Azure answered, where names and paths are missing that were asked for.
  const asked = new Map<string, Resource>();

  const problems = (rule: Rule, resources: readonly Resource[]) =>
    findings([rule], resources).filter((finding) => !waiverOf(finding, profileOf(profile())));

  const collect: ResourceValidationPolicy = {
    name: "resources",
    description: "Collects what is requested, for rules about several resources.",
    enforcementLevel: "mandatory",
    validateResource: ({ urn, type, name, props }) => {
      asked.set(urn, { type, name, props });
    },
  };

  const policies = RULES.map((rule): ResourceValidationPolicy | StackValidationPolicy => {
    const shared = {
      name: rule.id.toLowerCase(),
      description: [rule.title, ...(rule.also ?? []), rule.reference].filter(Boolean).join(" · "),
      enforcementLevel: "mandatory",
    } as const;
    return rule.needsStack
      ? {
          ...shared,
          validateStack: (_args, report) => {
            for (const { problem, resource } of problems(rule, [...asked.values()])) {
              const [urn] = [...asked].find(([, each]) => each === resource)!;
              report(problem, urn);
            }
          },
        }
      : {
          ...shared,
          validateResource: ({ type, name, props }, report) => {
            for (const { problem } of problems(rule, [{ type, name, props }])) {
              report(problem);
            }
          },
        };
  });
  return { policies: [collect, ...policies] };
}

function profileOf(name: string | undefined): ProfileName {
  const profile = PROFILE_NAMES.find((known) => known === name);
  if (profile === undefined) {
    throw new Error(
      `rotation:profile is ${name ?? "not set"}; it must be ${PROFILE_NAMES.join(" or ")}: the ` +
        "waivers depend on it.",
    );
  }
  return profile;
}
