import {
  commandsFor,
  ingressOf,
  LEGACY,
  planInWords,
  namesOf,
  type Plan,
  rotationPlan,
  type Serving,
  servingAt,
  type SlotName,
  slotRights,
  SLOTS,
  sqlName,
  type Transition,
} from "../plan";
import type { Facts, Place, SlotFacts } from "./facts";
import {
  type Acceptable,
  type ActiveSlot,
  type Expectation,
  type HandChange,
  objectsOf,
} from "./handChange";
import { autoscaled, image, replicas } from "./podChanges";

/** SQLSTATE of a role that has as many sessions as it may; of a server that is full nothing is known. */
const TOO_MANY = "53300";

/** Every fact that is not as the last completed run left it. */
export function changesByHand(facts: Facts, expected: Expectation): HandChange[] {
  const { slots, live } = rotationPlan(expected.plan);
  return [
    ...traffic(facts, servingAt(live), expected),
    ...legacyLogin(facts, expected),
    ...SLOTS.flatMap((slot) => [
      ...missing(slot, facts.slots[slot], slots[slot].state, expected),
      ...logins(slot, facts.slots[slot], slots[slot].state, expected),
      ...attributes(slot, facts.slots[slot], expected),
    ]),
    ...SLOTS.filter((slot) => slots[slot].state === "active").flatMap((slot) => {
      const seen = facts.slots[slot];
      const active = slot === servingAt(live) ? liveOf(slot, expected) : standbyOf(slot, seen);
      return [
        ...secret(active, seen, expected),
        ...password(active, seen, expected),
        ...image(active, seen, expected),
        ...(expected.maxReplicas === undefined
          ? replicas(active, seen, expected)
          : autoscaled(active, facts, { ...expected, maxReplicas: expected.maxReplicas })),
      ];
    }),
  ];
}

/**
 * Which of them stop a move: those in the slot it builds on, and those of any role's login. Moving
 * traffic between existing generations, as a roll back does, builds on the slot that gets it: what is
 * wrong with the other slot may be the reason, and whether the new one's pods are ready is what the
 * cluster reports. A move that retires the live generation, as an emergency does, needs nothing from
 * it: only traffic that is elsewhere stops it, because the other slot gets a new password.
 *
 * Every move, an emergency too, is stopped by live pods that do not have the image and settings in
 * force: the next slot would not get them, and one cannot go back to pods of two templates.
 *
 * In a slot that the move changes, what it changes must exist and its role's attributes must let it
 * log in: otherwise the run would stop halfway.
 */
export function stopping(
  changes: readonly HandChange[],
  { buildsOn, from, moved, switchesOnly }: Transition,
  accepted: readonly Acceptable[],
): HandChange[] {
  const places: readonly Place[] = switchesOnly ? ["cluster"] : ["vault", "database", "cluster"];
  const needed: readonly (HandChange["about"] | undefined)[] = [buildsOn, ...places];
  const givenUp = buildsOn === undefined && from !== undefined ? servingAt(from.live) : undefined;
  const changed: readonly HandChange["about"][] = moved.filter((slot) => slot !== givenUp);
  const sources: readonly (HandChange["about"] | undefined)[] = [
    buildsOn,
    from && servingAt(from.live),
  ];
  return changes.filter(({ what, about }) => {
    if (what === "traffic") {
      return true;
    }
    if (what === "image") {
      return sources.includes(about) && !accepted.includes(what);
    }
    if (what === "missing" || what === "role") {
      const concerns = changed.includes(about) || about === buildsOn;
      return concerns && !(what === "role" && accepted.includes(what));
    }
    const concerns = needed.includes(about) || (what === "login" && !switchesOnly);
    return buildsOn !== undefined && concerns && !accepted.includes(what);
  });
}

/** All of them in words, one paragraph each. */
export function handChangesText(changes: readonly HandChange[], from: Plan): string {
  const paragraphs = changes.map(
    ({ what, found, expected, help }) =>
      `${found} Expected: ${expected}\n  to fix: ${help}` +
      (what === "traffic" || what === "missing" ? "" : `\n  ${acceptText(what)}`),
  );
  return (
    `Something is not as the last completed run left it (${planInWords(from)}), so this run did not ` +
    `begin and nothing was touched.\n${paragraphs.join("\n")}\nThen run the same command again.`
  );
}

function acceptText(what: string): string {
  return (
    `or accept it for this run only: pulumi config set rotation:accept ${what}` +
    " && pulumi up && pulumi config rm rotation:accept"
  );
}

/**
 * What could not be read, which stops a move too: it may have been changed. Nothing is
 * asked of the gateway here: the Ingress says where it leads to.
 */
export function unseenChanges({ unseen }: Facts): HandChange[] {
  const asked = unseen.filter(({ place }) => place !== "gateway");
  return asked.map(({ place, why }) => ({
    what: "unseen",
    about: place,
    found: `The ${place} could not be read: ${why.replace(/\.?$/, ".")}`,
    expected: "an answer, because a move builds on what is there.",
    help: "make sure that whoever runs `pulumi up` can reach and read it",
  }));
}

/** A legacy login that may no longer log in has ended for good: nobody here has its password. */
export function legacyLogin(
  { legacy }: Pick<Facts, "legacy">,
  { legacy: expected, plan }: Pick<Expectation, "legacy" | "plan">,
): HandChange[] {
  const lives = plan.retired < LEGACY;
  if (expected === undefined || legacy === undefined || (legacy?.canLogin ?? false) === lives) {
    return [];
  }
  const { role } = expected;
  return [
    {
      // Accepting it would switch production to pods that cannot log in.
      what: lives ? "missing" : "login",
      about: "legacy",
      found:
        legacy === null
          ? `There is no role ${role}, the legacy login.`
          : `The legacy login ${role} ${lives ? "cannot" : "can"} log in.`,
      expected: lives ? "it can, because it is not retired." : "it cannot, because it is retired.",
      help: lives
        ? `if a run ended it, finish that one, or retire it: pulumi config rm rotation:retired; else, ` +
          `as its administrator: psql --command 'ALTER ROLE "${role}" LOGIN'`
        : `psql --command 'ALTER ROLE "${role}" NOLOGIN'`,
    },
  ];
}

/** What changes an Ingress that was another team's. */
const TAKEN_BACK =
  "a `helm upgrade` of the release that the object came from does that, so take it out of that chart";

function traffic({ routes }: Facts, live: Serving, expected: Expectation): HandChange[] {
  if (routes === undefined) {
    return [];
  }
  const { ingress, namespace, plan } = expected;
  const name = ingressOf(expected);
  const hosts = (["production", ...SLOTS] as const).filter(
    (host) => expected.hosts === undefined || expected.hosts[host] !== undefined,
  );
  return hosts.flatMap((host, index) => {
    const to = host === "production" ? live : host;
    const service =
      to === "legacy" ? expected.legacy?.service : objectsOf(expected)[to].service.name;
    const found = routes[host];
    return found === service
      ? []
      : [
          {
            what: "traffic",
            about: host === "production" ? live : host,
            found:
              `The Ingress ${name} routes ` +
              `${host === "production" ? "production" : `the stage host of ${host}`} to ` +
              `${found ?? "nothing"}.`,
            expected: `${service ?? "the Service of the legacy login"}.`,
            help:
              ingress !== undefined
                ? `${TAKEN_BACK}: kubectl --namespace ${namespace} annotate ingress ${name} ` +
                  `helm.sh/resource-policy=keep --overwrite; then pulumi refresh && ${commandsFor(plan)}`
                : found === undefined
                  ? `pulumi refresh && ${commandsFor(plan)}`
                  : `kubectl --namespace ${namespace} patch ingress ${name} --type json --patch ` +
                    `'[{"op":"replace","path":"/spec/rules/${index}/http/paths/0/backend/service/name","value":"${service}"}]'`,
          } as const,
        ];
  });
}

/** What of a slot is not there: a retired one has all of it, too. */
function missing(
  slot: SlotName,
  { release, role, secrets }: SlotFacts,
  state: "active" | "retired",
  expected: Expectation,
): HandChange[] {
  const { application, namespace, plan, vault } = expected;
  const names = namesOf(application).slot(slot);
  const { deployment } = objectsOf(expected)[slot];
  const made = `pulumi refresh && ${commandsFor(plan)}`;
  const restored =
    `helm --namespace ${namespace} get manifest ${names.release} | kubectl --namespace ${namespace} ` +
    `apply --filename -; if helm has no such release: ${made}`;
  const gone = (found: string, help: string): HandChange => ({
    what: "missing",
    about: slot,
    found,
    expected: "one for each slot, whether its generation is active or retired.",
    help,
  });
  return [
    ...(role === null ? [gone(`There is no role ${names.role}.`, made)] : []),
    // Of an active slot the version is what counts, which its pods are pinned to.
    ...(state === "retired" && secrets?.length === 0
      ? [
          gone(
            `There is no vault secret ${names.secret}.`,
            `az keyvault secret recover --vault-name ${vault} --name ${names.secret}; if Azure ` +
              `has nothing to recover: ${made}`,
          ),
        ]
      : []),
    ...(release === null ? [gone(`There is no Deployment ${deployment}.`, restored)] : []),
    ...(release?.gone ?? []).map((object) => gone(`There is no ${object}.`, restored)),
  ];
}

/** Role attributes that no run set, and that sooner or later stop a login or a proof. */
function attributes(slot: SlotName, { role }: SlotFacts, expected: Expectation): HandChange[] {
  const { application, connections } = expected;
  const names = namesOf(application);
  const name = names.slot(slot).role;
  const rights = slotRights({ ...expected, adopted: expected.legacy });
  const { assumed, group } = rights;
  const [owner, database] = [sqlName(rights.owner), sqlName(rights.database)];
  const change = (found: string, expected: string, statement: string): HandChange => ({
    what: "role",
    about: slot,
    found: `The role ${name} ${found}.`,
    expected,
    help: psql(statement),
  });
  const { actsAs, connectionLimit, granted = [], lacksRights, validUntil } = role ?? {};
  const actsAsAnother = role !== null && role !== undefined && actsAs !== assumed;
  const elsewhere = `ALTER ROLE ${name} IN DATABASE ${database} RESET role`;
  return [
    ...(validUntil === undefined
      ? []
      : [
          change(
            `has a password that expires at ${validUntil}`,
            "no expiry: a password ends with its generation.",
            `ALTER ROLE ${name} VALID UNTIL 'infinity'`,
          ),
        ]),
    ...(connectionLimit === undefined || connectionLimit >= connections
      ? []
      : [
          change(
            `has a connection limit of ${connectionLimit}`,
            `${connections}, enough for all its pods and the proofs.`,
            `ALTER ROLE ${name} CONNECTION LIMIT ${connections}`,
          ),
        ]),
    // A membership that makes it act as the group brings the rights of it, too.
    ...(lacksRights && !(actsAsAnother && group === assumed)
      ? [
          change(
            `is not a member of ${group}`,
            "it is, because all its privileges come from there.",
            `GRANT ${sqlName(group)} TO ${name} WITH INHERIT TRUE`,
          ),
        ]
      : []),
    ...(!actsAsAnother
      ? []
      : [
          assumed === undefined
            ? change(
                `acts as ${actsAs}`,
                `itself, with the rights of ${group}, because rotation:actAs is readwrite.`,
                `ALTER ROLE ${name} RESET role; ${elsewhere}`,
              )
            : change(
                `acts as ${actsAs ?? "itself"}`,
                `${assumed}, because rotation:actAs is owner: what a session makes as anybody else ` +
                  "is of no use to the other slot.",
                `GRANT ${owner} TO ${name} WITH INHERIT TRUE, SET TRUE; ` +
                  `ALTER ROLE ${name} SET role TO ${owner}; ${elsewhere}`,
              ),
        ]),
    ...granted
      .filter((other) => other !== assumed)
      .map((other) =>
        change(
          `is a member of ${other}`,
          `of ${rights.memberOf.join(" and ")} alone: a ` +
            "run revokes what no run granted, so that both slots have the same privileges.",
          // Nobody is to become the owner by the way.
          other === rights.owner
            ? `REVOKE ${owner} FROM ${name}`
            : `GRANT ${sqlName(other)} TO ${sqlName(assumed ?? group)}; ` +
                `REVOKE ${sqlName(other)} FROM ${name}`,
        ),
      ),
  ];
}

/** A statement for a shell, which would take quotes of the same kind as its own. */
function psql(statement: string): string {
  const quote = statement.includes('"') ? "'" : '"';
  return `psql --command ${quote}${statement}${quote}`;
}

/** Whether a role's attributes explain why its login is refused. */
export function refusesLogin(role: SlotFacts["role"]): boolean {
  return (
    role === null ||
    (role !== undefined &&
      (!role.canLogin ||
        role.validUntil !== undefined ||
        (role.connectionLimit ?? Infinity) <= role.sessions))
  );
}

function logins(
  slot: SlotName,
  { role }: SlotFacts,
  state: "active" | "retired",
  { application }: Expectation,
): HandChange[] {
  const may = state === "active";
  if (!role || role.canLogin === may) {
    return [];
  }
  const name = namesOf(application).slot(slot).role;
  return [
    {
      what: "login",
      about: slot,
      found: `The role ${name} ${role.canLogin ? "can" : "cannot"} log in.`,
      expected: may
        ? "it can, because its generation is active."
        : "it cannot, because its generation is retired.",
      help: `psql --command 'ALTER ROLE "${name}" ${may ? "LOGIN" : "NOLOGIN"}'`,
    },
  ];
}

/** The record has the version that the live pods are pinned to. */
function liveOf(slot: SlotName, { secretVersion }: Expectation): ActiveSlot {
  return { slot, kind: "live", version: secretVersion };
}

/** No record has the other slot's version; its release has. */
function standbyOf(slot: SlotName, { release }: SlotFacts): ActiveSlot {
  return { slot, kind: "standby", version: release?.pinned || undefined };
}

function secret(
  { slot, kind, version: pinned }: ActiveSlot,
  { secrets }: SlotFacts,
  { application, vault }: Expectation,
): HandChange[] {
  if (secrets === undefined || pinned === undefined) {
    return [];
  }
  const name = namesOf(application).slot(slot).secret;
  const recorded = secrets.findIndex(({ version }) => version === pinned);
  const set = (version: string, enabled: boolean) =>
    `az keyvault secret set-attributes --vault-name ${vault} --name ${name} --version ${version} --enabled ${enabled}`;
  if (recorded === -1) {
    return [
      {
        what: "vault",
        about: slot,
        found: `The vault secret ${name} has no version ${pinned}, which the ${kind} pods are pinned to.`,
        expected: "that version, enabled.",
        help: `az keyvault secret recover --vault-name ${vault} --name ${name}`,
      },
    ];
  }
  const newer = secrets.slice(0, recorded).filter(({ enabled }) => enabled);
  const changes: HandChange[] = newer.map(({ version }) => ({
    what: "vault",
    about: slot,
    found: `The vault secret ${name} has a newer version ${version}, which no run created.`,
    expected: `${pinned} as the newest enabled version.`,
    help: set(version, false),
  }));
  if (!secrets[recorded]!.enabled) {
    changes.push({
      what: "vault",
      about: slot,
      found:
        `Version ${pinned} of the vault secret ${name} is disabled, so no new pod of the ${kind} ` +
        "slot can start.",
      expected: "enabled, because its generation is active.",
      help: set(pinned, true),
    });
  }
  return changes;
}

/**
 * Only for the version in use: the refusal of another one says nothing about it. A role that has all
 * its sessions is told so after its password was right, and its holder can bring that about.
 */
function password(
  { slot, kind, version }: ActiveSlot,
  { login, role }: SlotFacts,
  { application }: Expectation,
): HandChange[] {
  const isInUse = login !== undefined && login.version === version;
  if (!isInUse || ["", TOO_MANY].includes(login.sqlstate) || refusesLogin(role)) {
    return [];
  }
  const name = namesOf(application).slot(slot).role;
  return [
    {
      what: "password",
      about: slot,
      found: `A login as ${name} with version ${version} of its secret was refused (${login.sqlstate}): the role has a different password.`,
      expected: `a successful login, because new connections of the ${kind} pods need one.`,
      // By its verifier, past the screen and the arguments of processes.
      help:
        "pulumi stack export --show-secrets | jq -r '.deployment.resources[] | select(.urn | " +
        `endswith("::rotation-${slot}-role")) | "ALTER ROLE ${name} PASSWORD ` +
        `\\u0027\\(.inputs.password.plaintext | fromjson)\\u0027"' | psql`,
    },
  ];
}
