import { randomBytes } from "node:crypto";
import type { Asking, Check } from "./asking";
import { type Finding, okUnless, wrong } from "./finding";
import { armTypeOf, nameOf } from "./planned";
import { type Problem, Refusal } from "./web";

/** A template of a resource group, as `rotation export` writes it. */
export interface Template {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly resources: readonly unknown[];
}

interface Result {
  readonly status?: string;
  readonly error?: Problem;
  readonly properties?: {
    readonly changes?: readonly { readonly resourceId: string; readonly changeType: string }[];
  };
}

const API_VERSION = "2025-04-01";

/** Name of a deployment that never is. */
const NAME = "rotation-preflight";

/** Holds providers' checks against rights to read, not to write. */
const VALIDATION_LEVEL = "ProviderNoRbac";

/** Changes in words; what is not in here is none. */
const CHANGES: Readonly<Record<string, string>> = {
  Create: "to create",
  Delete: "to delete",
  Deploy: "to redeploy",
  Modify: "to change",
  Unsupported: "it cannot assess",
};

/** Reads everything and may ask, and writes nothing: no built-in role does just that. */
const ROLE = "Deployment preflight";

const ROLE_ACTIONS = [
  "*/read",
  "Microsoft.Resources/deployments/validate/action",
  "Microsoft.Resources/deployments/whatIf/action",
];

/** Azure Resource Manager's own judgment of the export: `validate`, then `what-if`. */
export function whatIfChecks(template: Template): readonly Check[] {
  const role = { role: ROLE, roleActions: ROLE_ACTIONS };
  return [
    { what: "validation", ...role, ask: (asking) => validation(template, asking) },
    { what: "what-if", ...role, ask: (asking) => whatIf(template, asking) },
  ];
}

async function validation(template: Template, asking: Asking): Promise<Finding[]> {
  const { error } = await judged("validate", template, asking);
  return okUnless(
    problemFindings("validation", error, asking),
    "validation",
    "Azure Resource Manager accepts the export",
  );
}

async function whatIf(template: Template, asking: Asking): Promise<Finding[]> {
  const what = "what-if";
  const { error, properties } = await judged("whatIf", template, asking);
  const changes = properties?.changes ?? [];
  // What is there, and not by an `up` of this stack, its first one cannot make.
  const foreign = changes.filter(
    ({ changeType, resourceId }) =>
      changeType === "Modify" && !asking.planned.isMade({ id: resourceId }),
  );
  const counts = Object.entries(CHANGES).flatMap(([type, words]) => {
    const count = changes.filter(({ changeType }) => changeType === type).length;
    return count === 0 ? [] : `${count} ${words}`;
  });
  return okUnless(
    [
      ...problemFindings(what, error, asking),
      ...foreign.map(({ resourceId }) =>
        wrong(
          what,
          `${armTypeOf(resourceId)} ${nameOf(resourceId)} already exists and is not this stack's`,
          `az resource show --ids ${resourceId}`,
        ),
      ),
    ],
    what,
    `Azure reports ${counts.join(", ") || "no changes"}`,
  );
}

/** Azure's answer; where it refuses what was asked, and not to be asked, that is the answer. */
async function judged(
  verb: "validate" | "whatIf",
  template: Template,
  { arm, planned }: Asking,
): Promise<Result> {
  // Nobody's passwords, with all that Azure asks of the administrator's.
  const values = Object.keys(template.parameters).map(
    (name) => [name, { value: `aA1-${randomBytes(16).toString("hex")}` }] as const,
  );
  const parameters = Object.fromEntries(values);
  const isThere = (await arm.find(planned.group, "2022-09-01")) !== undefined;
  const properties = isThere
    ? { mode: "Incremental", template, parameters }
    : withGroup(template, parameters, planned);
  const scope = isThere ? planned.group : planned.subscription;
  const path = `${scope}/providers/Microsoft.Resources/deployments/${NAME}/${verb}`;
  try {
    return await arm.post(path, API_VERSION, {
      ...(!isThere && { location: planned.location }),
      properties: { ...properties, validationLevel: VALIDATION_LEVEL },
    });
  } catch (error) {
    if (error instanceof Refusal && error.status === 400) {
      return { error: error.problem };
    }
    throw error;
  }
}

/** The group, and the template in it, as a deployment of the subscription. */
function withGroup(
  template: Template,
  parameters: Readonly<Record<string, unknown>>,
  { group, location }: Asking["planned"],
) {
  const name = nameOf(group);
  return {
    mode: "Incremental",
    template: {
      $schema:
        "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
      contentVersion: "1.0.0.0",
      resources: [
        { type: "Microsoft.Resources/resourceGroups", apiVersion: "2022-09-01", name, location },
        {
          type: "Microsoft.Resources/deployments",
          apiVersion: "2022-09-01",
          name: NAME,
          resourceGroup: name,
          dependsOn: [group],
          properties: {
            mode: "Incremental",
            expressionEvaluationOptions: { scope: "inner" },
            template,
            parameters,
          },
        },
      ],
    },
  };
}

function problemFindings(
  what: string,
  error: Problem | undefined,
  { stack }: Asking,
): readonly Finding[] {
  return problemsOf(error).map(({ code, message }) =>
    wrong(what, `${code}: ${message}`, `npx rotation export --stack ${stack} --out ${stack}.json`),
  );
}

/** The innermost problems, which say most. */
function problemsOf(problem: Problem | undefined): { code: string; message: string }[] {
  if (problem === undefined) {
    return [];
  }
  const { code = "", message = "", details = [] } = problem;
  return details.length > 0 ? details.flatMap(problemsOf) : [{ code, message }];
}
