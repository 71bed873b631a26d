import { type Asking, type Check, grantCommand } from "./asking";
import { type Finding, unasked } from "./finding";
import { NotReached, Refusal } from "./web";

/** What comes of a check; that it cannot be asked is a finding, too. */
export async function answersOf(check: Check, asking: Asking): Promise<readonly Finding[]> {
  try {
    return await check.ask(asking);
  } catch (error) {
    if (error instanceof NotReached) {
      return [unasked(check.what, error.message, error.help)];
    }
    if (error instanceof Refusal) {
      const isForbidden = error.status === 401 || error.status === 403;
      const help = isForbidden ? grantCommands(check, asking) : [];
      return [unasked(check.what, `Azure ${error.message}`, ...help)];
    }
    throw error;
  }
}

/** What makes somebody able to ask. */
function grantCommands({ role, roleActions }: Check, { login, planned }: Asking): string[] {
  const definition = {
    Name: role,
    Description: "Validates deployments without creating them.",
    Actions: roleActions,
    AssignableScopes: [planned.subscription],
  };
  return [
    ...(roleActions === undefined
      ? []
      : [`az role definition create --role-definition '${JSON.stringify(definition)}'`]),
    grantCommand(login, role, planned.subscription),
  ];
}
