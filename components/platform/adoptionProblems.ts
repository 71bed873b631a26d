import { namesOf, SERVER_DATABASE, sqlName } from "../plan";
import type { AdoptionFacts, AdoptionSubject, FoundRole } from "./adoptionFacts";
import { settingProblems } from "./carriedSettings";
import type { Problem } from "./readings";

/** What of a run decides about the names that it needs. */
export interface AdoptionRun {
  /** Whether no run of the stack has completed yet. */
  readonly isFirst: boolean;
}

/** Everything about a login and a database that a stack cannot take over, with the SQL that helps. */
export function adoptionProblems(
  subject: AdoptionSubject,
  facts: AdoptionFacts,
  run: AdoptionRun,
): Problem[] {
  return [
    ...legacyProblems(subject, facts),
    ...ownerProblems(subject, facts),
    ...databaseProblems(subject, facts),
    ...settingProblems(subject.adopted, facts),
    ...nameProblems(subject, facts, run),
  ];
}

/** What does not stop a run, and people should know, as sentences. */
export function adoptionWarnings(
  { adopted }: AdoptionSubject,
  { eventTriggers, members, prepared, sessions }: AdoptionFacts,
): string[] {
  const login = `The login ${adopted.legacyRole}`;
  return [
    ...said(members, (list) => `${login} has other members, which go on: ${list}.`),
    ...said(
      sessions,
      (list) =>
        `${login} has sessions now: ${list}. Whoever is not the application's pods needs a login of ` +
        "their own before this one ends.",
    ),
    ...said(
      prepared,
      (list) => `${login} has prepared transactions: ${list}. They hold locks until they end.`,
    ),
    ...said(
      eventTriggers,
      (list) =>
        `The database ${adopted.databaseName} has event triggers, which run for the slots, too: ${list}.`,
    ),
  ];
}

const MOST_NAMED = 20;

function said(names: readonly string[], text: (list: string) => string): string[] {
  return names.length === 0 ? [] : [text(listed(names))];
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

const list = (names: readonly string[]) => names.map(sqlName).join(", ");

function legacyProblems(
  { adopted }: AdoptionSubject,
  { administrator, legacy, logins }: AdoptionFacts,
): Problem[] {
  const { legacyRole } = adopted;
  const key = "legacyRole";
  if (legacy === null) {
    return [[key, `is ${legacyRole}, and the server has ${noneOf("login", logins)}`]];
  }
  if (legacy.isAdministrator) {
    return [
      [
        key,
        `is ${legacyRole}, an administrator of the server: it cannot be ended, and slots that act as ` +
          "it would be administrators. Make a login of its own for the application, give that one what " +
          "the application uses (`ALTER ... OWNER TO`, object by object), move the application to it, " +
          "and take that one over.",
      ],
    ];
  }
  return [
    ...adminProblem(key, legacyRole, legacy, administrator),
    ...attributeProblem(key, legacyRole, legacy),
  ];
}

/** What the administrator cannot do with a role. */
function adminProblem(
  key: string,
  name: string,
  { grantors, isOurs }: FoundRole,
  administrator: string,
): Problem[] {
  if (isOurs) {
    return [];
  }
  const sql = `GRANT ${sqlName(name)} TO ${sqlName(administrator)} WITH ADMIN OPTION, INHERIT FALSE, SET FALSE;`;
  return [
    [
      key,
      `is ${name}, which the administrator ${administrator} may neither grant nor alter. ` +
        (grantors.length > 0
          ? `As ${grantors.join(" or ")}: \`${sql}\``
          : "No role of the server may: give what it owns to a role that the administrator makes, as " +
            `${name} itself, and name that one.`),
    ],
  ];
}

function attributeProblem(key: string, name: string, { attributes }: FoundRole): Problem[] {
  return attributes.length === 0
    ? []
    : [
        [
          key,
          `is ${name}, with ${attributes.join(", ")}: slots would act as a role that stands above ` +
            `others. \`ALTER ROLE ${sqlName(name)} ${attributes.map((each) => `NO${each}`).join(" ")};\``,
        ],
      ];
}

function ownerProblems({ adopted }: AdoptionSubject, facts: AdoptionFacts): Problem[] {
  const { legacyRole, ownerRole } = adopted;
  const { actsAsOwner, administrator, legacy, owner } = facts;
  const key = "ownerRole";
  if (ownerRole === legacyRole) {
    return foreignProblem("legacyRole", adopted, facts);
  }
  if (owner === null) {
    return [[key, `is ${ownerRole}, and the server has no such role.`]];
  }
  if (owner.isAdministrator) {
    return [[key, `is ${ownerRole}, which administrates the server: slots would, too.`]];
  }
  return [
    ...adminProblem(key, ownerRole, owner, administrator),
    ...attributeProblem(key, ownerRole, owner),
    ...(legacy === null || actsAsOwner
      ? []
      : [
          [
            key,
            `is ${ownerRole}, as which ${legacyRole} may not act, so that slots would do more than it. ` +
              `\`GRANT ${sqlName(ownerRole)} TO ${sqlName(legacyRole)} WITH INHERIT TRUE, SET TRUE;\``,
          ] as const,
        ]),
    ...foreignProblem(key, adopted, facts),
  ];
}

/** What slots could not alter, beside what they could. */
function foreignProblem(
  key: string,
  { databaseName, ownerRole }: AdoptionSubject["adopted"],
  { foreign, notActed }: AdoptionFacts,
): Problem[] {
  if (foreign.length === 0) {
    return [];
  }
  const acting = notActed.length === 0 ? "" : list(notActed);
  const sql = [
    ...(acting && [`GRANT ${acting} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;`]),
    ...foreign
      .slice(0, MOST_NAMED)
      .map(({ kind, object }) => `ALTER ${kind} ${object} OWNER TO ${sqlName(ownerRole)};`),
    ...(acting && [`REVOKE ${acting} FROM CURRENT_USER GRANTED BY CURRENT_USER;`]),
  ];
  const owners = [...new Set(foreign.map(({ owner }) => owner))];
  const more = foreign.length - MOST_NAMED;
  return [
    [
      key,
      `does not own all that lies beside what it owns in ${databaseName}: ` +
        `${listed(foreign.map(({ object, owner }) => `${object} (${owner})`))}. Set rotation:ownerRole ` +
        `to the role that does (${owners.join(", ")}), or in ${databaseName}, as the administrator` +
        `${more > 0 ? ", and again for what is left then" : ""}: \`${sql.join(" ")}\``,
    ],
  ];
}

function databaseProblems(
  { adopted }: AdoptionSubject,
  { administrator, databaseOwner, databases, mayConnect, mayCreateSchema }: AdoptionFacts,
): Problem[] {
  const { databaseName } = adopted;
  const admin = sqlName(administrator);
  return [
    ...(databaseOwner === null
      ? [
          [
            "databaseName",
            `is ${databaseName}, and the server has ${noneOf("database", databases)}`,
          ] as const,
        ]
      : mayConnect
        ? []
        : [
            [
              "databaseName",
              `is ${databaseName}, which the administrator ${administrator} may not enter. As its owner, ` +
                `${databaseOwner}: \`GRANT CONNECT ON DATABASE ${sqlName(databaseName)} TO ${admin};\``,
            ] as const,
          ]),
    ...(mayCreateSchema
      ? []
      : [
          [
            "databaseServerId",
            `has a database ${SERVER_DATABASE} in which its administrator may make no schema, and the ` +
              `proofs need one. As its owner: \`GRANT CREATE ON DATABASE ${SERVER_DATABASE} TO ${admin};\``,
          ] as const,
        ]),
  ];
}

/** Compared to the letter, so that a wrong case is seen. */
function noneOf(what: string, names: readonly string[]): string {
  return `no such ${what}. It has ${names.length === 0 ? "none" : listed(names)}.`;
}

/** Names of the program's own that somebody else has, or that another administrator made. */
function nameProblems(
  { adopted, application }: AdoptionSubject,
  { administrator, inSchema, isMarked, own }: AdoptionFacts,
  { isFirst }: AdoptionRun,
): Problem[] {
  const schema = namesOf(application).rotatorSchema;
  // A first run that stopped halfway left them, with its mark: it made the schema first.
  const isTaken = isFirst && !isMarked && (own.length > 0 || (inSchema ?? 0) > 0);
  if (isTaken) {
    const roles = own.map(({ name }) => name);
    const found = [
      ...(roles.length > 0 ? [`roles ${roles.join(", ")}`] : []),
      ...(inSchema === null ? [] : [`a schema ${schema} in the database ${SERVER_DATABASE}`]),
    ];
    const sql = [
      ...(inSchema === null ? [] : [`DROP SCHEMA ${sqlName(schema)} CASCADE;`]),
      ...(roles.length > 0 ? [`DROP ROLE ${list(roles)};`] : []),
    ];
    return [
      [
        "application",
        `is ${application}, and the server has ${found.join(", and ")}, which no run of this stack ` +
          "made. Choose another name; or, if nobody uses them, in the database " +
          `${SERVER_DATABASE}: \`${sql.join(" ")}\``,
      ],
    ];
  }
  const strange = own.filter(({ isOurs }) => !isOurs);
  if (strange.length === 0) {
    return [];
  }
  const grantors = [...new Set(strange.flatMap((role) => role.grantors))];
  const needed = [...own.map(({ name }) => name), adopted.legacyRole, adopted.ownerRole];
  return [
    [
      "databaseServerId",
      `has another administrator than the one that made ${strange.map(({ name }) => name).join(", ")}: ` +
        `${administrator} may not alter them. As ${grantors.join(" or ") || "whoever made them"}: ` +
        `\`GRANT ${list([...new Set(needed)])} TO azure_pg_admin WITH ADMIN OPTION, INHERIT FALSE, SET FALSE;\``,
    ],
  ];
}
