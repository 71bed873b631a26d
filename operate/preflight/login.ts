import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CloudAddresses } from "./arm";
import type { Login } from "./asking";
import { at, textAt } from "./planned";
import { NotReached, type Web } from "./web";

/**
 * Whoever is logged in to Azure, by their own token, and the subscription of `pulumi up`:
 * ARM_SUBSCRIPTION_ID, else that of the Azure CLI.
 *
 * @throws Error when nobody is logged in, or nothing says which subscription
 */
export async function whoIsLoggedIn(
  web: Web,
  cloud: CloudAddresses,
  environment: NodeJS.ProcessEnv,
): Promise<Login> {
  const claims = claimsOf(await firstToken(web, cloud));
  return {
    objectId: textAt(claims, "oid"),
    tenantId: textAt(claims, "tid"),
    // Only a token of a person says what it was given for ("Access token claims reference").
    isUser: at(claims, "scp") !== undefined,
    subscriptionId: environment["ARM_SUBSCRIPTION_ID"] || (await chosenSubscription(environment)),
  };
}

/** Without this one nothing can be asked. */
async function firstToken(web: Web, cloud: CloudAddresses): Promise<string> {
  try {
    return await web.token(cloud.audience);
  } catch (error) {
    throw error instanceof NotReached
      ? new Error(`${error.message} Run \`${error.help}\`.`)
      : error;
  }
}

function claimsOf(token: string): unknown {
  const [, payload = ""] = token.split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as unknown;
}

async function chosenSubscription(environment: NodeJS.ProcessEnv): Promise<string> {
  try {
    const options = { env: environment };
    const { stdout } = await promisify(execFile)(
      "az",
      ["account", "show", "--output", "json"],
      options,
    );
    return textAt(JSON.parse(stdout), "id");
  } catch {
    throw new Error(
      "No subscription is selected for `pulumi up`: set ARM_SUBSCRIPTION_ID, or run " +
        "`az login` and `az account set --subscription <id>`.",
    );
  }
}
