import {
  type ActAs,
  type Adopted,
  type AdoptionNeeds,
  adoptedDatabaseProblem,
  adoptedRoleProblem,
  databaseObjectProblem,
  isAdoptionDue,
  legacyServiceOf,
  ownStack,
  type PostgresDatabase,
  type Run,
  type Reader,
} from "../components";

/** Keys of a login that a stack takes over, with the values that Pulumi.yaml gives them. */
export const ADOPTED_KEYS = {
  legacyRole: "",
  ownerRole: "",
  databaseName: "",
  legacyService: "",
  searchPath: "",
  statementTimeout: "0",
  idleInTransactionTimeout: "0",
} as const;

/** The same as the program has them: no record of an earlier version does. */
export const NOT_ADOPTED = {
  ...ADOPTED_KEYS,
  searchPath: [],
  statementTimeout: 0,
  idleInTransactionTimeout: 0,
} as const;

/** What an adoption cannot do without, and why. */
const NEEDED = {
  namespace: "the namespace that the login's application is in",
  ingress: "the Ingress that production's host leads through today",
  legacyService: "the Service that production leads to today, as NAME:PORT",
  databaseName: "the database that it logs in to",
} as const;

/** From none to the most that PostgreSQL takes. */
const MILLISECONDS = [0, 2_147_483_647] as const;

/**
 * Reads what a stack takes over on a platform that is there; undefined where it begins with a database of
 * its own.
 *
 * @param settings what an adoption leaves no choice of
 */
export function readAdopted(
  reader: Reader,
  application: string,
  settings: { readonly actAs: ActAs; readonly postgresDatabase: PostgresDatabase },
): Adopted | undefined {
  const roleProblem = (name: string) => adoptedRoleProblem(name, application);
  const legacyRole = reader.checked("legacyRole", "", roleProblem);
  const owner = reader.checked("ownerRole", "", roleProblem);
  const databaseName = reader.checked("databaseName", "", adoptedDatabaseProblem);
  const legacyService = reader.checked("legacyService", "", serviceProblem);
  const searchPath = reader.list("searchPath", databaseObjectProblem);
  const timeouts = {
    statementTimeout: reader.integer("statementTimeout", 0, ...MILLISECONDS) || undefined,
    idleInTransactionTimeout:
      reader.integer("idleInTransactionTimeout", 0, ...MILLISECONDS) || undefined,
  };
  if (legacyRole === "") {
    const others = Object.entries(ADOPTED_KEYS).filter(([key]) => key !== "legacyRole");
    reader.refuse(
      Object.fromEntries(others),
      "it describes a login that the stack takes over (rotation:legacyRole)",
    );
    return undefined;
  }
  for (const [key, what] of Object.entries(NEEDED)) {
    if (!reader.isSet(key)) {
      reader.missing(key, `${what}, because rotation:legacyRole is set`);
    }
  }
  if (settings.actAs !== "owner") {
    reader.wrong(
      "actAs",
      `must be owner with rotation:legacyRole, not ${settings.actAs}: row level security, "$user" ` +
        "and objects of other owners mean something else to a role of its own. Run `pulumi config " +
        "rm rotation:actAs`.",
    );
  }
  if (settings.postgresDatabase !== "open") {
    reader.wrong(
      "postgresDatabase",
      "must be open with rotation:legacyRole: nothing is revoked from others, and the login of today " +
        "may need it. Run `pulumi config rm rotation:postgresDatabase`.",
    );
  }
  return {
    legacyRole,
    ownerRole: owner || legacyRole,
    databaseName,
    searchPath: searchPath.length > 0 ? searchPath : undefined,
    ...timeouts,
    legacyService: legacyServiceOf(legacyService) ?? { name: "", port: 0 },
  };
}

function serviceProblem(text: string): string | undefined {
  return text === "" || legacyServiceOf(text) !== undefined
    ? undefined
    : `must be NAME:PORT of a Service, not "${text}".`;
}

/** What to look at on the server before a login is taken over; undefined where none is. */
export function adoptionNeeds(
  { adopted, application }: { readonly adopted: Adopted | undefined; readonly application: string },
  completed: Run | undefined,
): AdoptionNeeds | undefined {
  return (
    adopted && {
      adopted,
      application,
      stack: ownStack(),
      isFirst: completed === undefined,
      isDue: (administrator) => isAdoptionDue(completed, administrator),
    }
  );
}
