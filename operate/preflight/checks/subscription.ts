import { type Asking, type Check, READER } from "../asking";
import { type Finding, ok, wrong } from "../finding";
import { at, textAt } from "../planned";

/** The subscription: that it takes resources, and that it is the one that `pulumi up` builds in. */
export const subscription: Check = {
  what: "subscription",
  role: READER,
  async ask({ arm, login, planned }) {
    const said = await arm.get(planned.subscription, "2022-12-01");
    const [name, state] = [textAt(said, "displayName"), textAt(said, "state")];
    const id = planned.subscriptionId;
    const look = `az account show --subscription ${id}`;
    const findings: Finding[] = [];
    if (id !== login.subscriptionId.toLowerCase()) {
      findings.push(
        wrong(
          "subscription",
          `rotation:runnerNetwork is in ${id}, but \`pulumi up\` would build in ` +
            `${login.subscriptionId}: both must be the same`,
          `az account set --subscription ${id}`,
        ),
      );
    }
    if (state !== "Enabled") {
      findings.push(wrong("subscription", `"${name}" is ${state}: it accepts no resources`, look));
    }
    return findings.length > 0 ? findings : [ok("subscription", `"${name}" (${id}) is enabled`)];
  },
};

/** What `rotation:deployerType` says of whoever is logged in, which Azure holds grants against. */
export const deployerType: Check = {
  what: "rotation:deployerType",
  role: READER,
  ask: (asking) => Promise.resolve([deployerFinding(asking)]),
};

function deployerFinding({ login, planned }: Asking): Finding {
  const grants = planned.all("authorization:RoleAssignment");
  const own = grants.find(({ inputs }) => at(inputs, "principalId") === login.objectId);
  const said = textAt(own?.inputs, "principalType");
  const is = login.isUser ? "User" : "ServicePrincipal";
  return said === is
    ? ok("rotation:deployerType", `${said}, like your login (${login.objectId})`)
    : wrong(
        "rotation:deployerType",
        `it is ${said}, but your login (${login.objectId}) is a ${is}: Azure refuses the ` +
          "grants of `pulumi up`",
        `pulumi config set rotation:deployerType ${is}`,
      );
}
