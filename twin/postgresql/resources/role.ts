import { ProviderError, type Properties } from "../../plugin/provider";
import { step, type Database, type Query } from "./connection";
import { identifier, literal } from "./quoting";
import type { ResourceData } from "./resourceData";
import { isSuperuser, lockRole, withRolesGranted } from "./roles";
import type { ResourceType } from "./resourceType";
import type { Fields } from "./schema";

const fields: Fields = {
  assumeRole: { type: "string" },
  bypassRowLevelSecurity: { type: "bool", default: false },
  connectionLimit: { type: "int", default: -1, atLeast: -1 },
  createDatabase: { type: "bool", default: false },
  createRole: { type: "bool", default: false },
  encrypted: { type: "string" },
  encryptedPassword: { type: "bool", default: true },
  idleInTransactionSessionTimeout: { type: "int", atLeast: 0 },
  inherit: { type: "bool", default: true },
  login: { type: "bool", default: false },
  name: { type: "string" },
  password: {
    type: "string",
    secret: true,
    conflictsWith: ["passwordWo", "passwordWoVersion"],
  },
  passwordWo: {
    type: "string",
    secret: true,
    writeOnly: true,
    conflictsWith: ["password"],
    requiredWith: ["passwordWoVersion"],
  },
  passwordWoVersion: {
    type: "string",
    conflictsWith: ["password"],
    requiredWith: ["passwordWo"],
  },
  replication: { type: "bool", default: false },
  roles: { type: "set" },
  searchPaths: { type: "list", upstream: "search_path" },
  skipDropRole: { type: "bool", default: false },
  skipReassignOwned: { type: "bool", default: false },
  statementTimeout: { type: "int", atLeast: 0 },
  superuser: { type: "bool", default: false },
  validUntil: { type: "string", default: "infinity" },
};

/** Switches of a role in the order of CREATE ROLE. */
const SWITCHES = [
  ["superuser", "SUPERUSER"],
  ["createDatabase", "CREATEDB"],
  ["createRole", "CREATEROLE"],
  ["inherit", "INHERIT"],
  ["login", "LOGIN"],
  ["bypassRowLevelSecurity", "BYPASSRLS"],
  ["replication", "REPLICATION"],
] as const;

/** The same in the order of an update. */
const UPDATED_SWITCHES = [
  "bypassRowLevelSecurity",
  "connectionLimit",
  "createDatabase",
  "createRole",
  "inherit",
  "login",
  "replication",
  "superuser",
] as const;

/** A login or a group. */
export const role: ResourceType = {
  fields,

  async create(database, data) {
    const name = data.string("name");
    await database.transaction(async (query) => {
      await step(
        `error creating role ${name}`,
        query(`CREATE ROLE ${identifier(name)} WITH ${createOptions(data).join(" ")}`),
      );
      await applyRest(query, data);
    });
    data.id = name;
    await read(database, data);
  },

  /** Everything in one transaction: a new password and the login that uses it come together. */
  async update(database, data) {
    await database.transaction(async (query) => {
      await lockRole(query, data.oldString("name"));
      await rename(query, data);
      await setPassword(query, data);
      await setOptions(query, data);
      await revokeRoles(query, data.string("name"));
      await applyRest(query, data);
    });
    await read(database, data);
  },

  read,

  async delete(database, data) {
    const name = data.string("name");
    await database.transaction(async (query) => {
      await lockRole(query, name);
      if (!data.bool("skipReassignOwned")) {
        await withRolesGranted(query, [name], async () => {
          await step(
            `could not reassign owned by role ${name} to ${database.user}`,
            query(`REASSIGN OWNED BY ${identifier(name)} TO ${identifier(database.user)}`),
          );
          await step(
            `could not drop owned by role ${name}`,
            query(`DROP OWNED BY ${identifier(name)}`),
          );
        });
      }
      if (!data.bool("skipDropRole")) {
        await step(`could not delete role ${name}`, query(`DROP ROLE ${identifier(name)}`));
      }
    });
  },
};

function createOptions(data: ResourceData): string[] {
  const password = data.string("password") || data.string("passwordWo");
  const encrypted = data.bool("encryptedPassword") ? "ENCRYPTED" : "UNENCRYPTED";
  const validUntil = data.string("validUntil");
  return [
    ...(password === ""
      ? []
      : password.toUpperCase() === "NULL"
        ? ["PASSWORD NULL"]
        : [`${encrypted} PASSWORD ${literal(password)}`]),
    ...(validUntil === "" ? [] : [`VALID UNTIL ${literal(infinite(validUntil))}`]),
    `CONNECTION LIMIT ${data.int("connectionLimit")}`,
    ...SWITCHES.map(([property, option]) => (data.bool(property) ? option : `NO${option}`)),
  ];
}

function infinite(validUntil: string): string {
  return validUntil.toLowerCase() === "infinity" ? "infinity" : validUntil;
}

async function rename(query: Query, data: ResourceData): Promise<void> {
  if (!data.isChanged("name")) {
    return;
  }
  const [from, to] = [data.oldString("name"), data.string("name")];
  await step(
    "error updating role NAME",
    query(`ALTER ROLE ${identifier(from)} RENAME TO ${identifier(to)}`),
  );
  data.id = to;
}

/** A password that is taken away stays in force: there is nothing to set. */
async function setPassword(query: Query, data: ResourceData): Promise<void> {
  const writeOnly = data.string("passwordWo");
  const isDue = writeOnly
    ? data.isChanged("passwordWoVersion")
    : data.isChanged("password") || data.isChanged("name");
  const password = writeOnly || data.string("password");
  if (isDue && password !== "") {
    await step(
      "error updating role password",
      query(`ALTER ROLE ${identifier(data.string("name"))} PASSWORD ${literal(password)}`),
    );
  }
  if (isDue && writeOnly) {
    data.record({ password: "" });
  }
}

async function setOptions(query: Query, data: ResourceData): Promise<void> {
  const name = identifier(data.string("name"));
  const options = new Map<string, string>(SWITCHES);
  for (const property of UPDATED_SWITCHES.filter((one) => data.isChanged(one))) {
    const option = options.get(property);
    await (option === undefined
      ? step(
          "error updating role CONNECTION LIMIT",
          query(`ALTER ROLE ${name} CONNECTION LIMIT ${data.int(property)}`),
        )
      : step(
          `error updating role ${option}`,
          query(`ALTER ROLE ${name} WITH ${data.bool(property) ? "" : "NO"}${option}`),
        ));
  }
  const validUntil = data.string("validUntil");
  if (data.isChanged("validUntil") && validUntil !== "") {
    await step(
      "error updating role VALID UNTIL",
      query(`ALTER ROLE ${name} VALID UNTIL ${literal(infinite(validUntil))}`),
    );
  }
}

/** All of them, also those that were granted by hand. */
async function revokeRoles(query: Query, name: string): Promise<void> {
  const granted = await query<{ name: string }>(
    "SELECT pg_get_userbyid(roleid) AS name FROM pg_catalog.pg_auth_members members " +
      "JOIN pg_catalog.pg_roles ON members.member = pg_roles.oid WHERE rolname = $1",
    [name],
  );
  for (const { name: group } of granted) {
    await step(
      `could not revoke role ${group} from ${name}`,
      query(`REVOKE ${identifier(group)} FROM ${identifier(name)}`),
    );
  }
}

async function applyRest(query: Query, data: ResourceData): Promise<void> {
  const name = data.string("name");
  for (const group of data.set("roles")) {
    await step(
      `could not grant role ${group} to ${name}`,
      query(`GRANT ${identifier(group)} TO ${identifier(name)}`),
    );
  }
  await setSearchPath(query, name, data.list("searchPaths"));
  await setTimeout(query, data, "statementTimeout", "statement_timeout");
  await setTimeout(
    query,
    data,
    "idleInTransactionSessionTimeout",
    "idle_in_transaction_session_timeout",
  );
  await setAssumedRole(query, data);
}

async function setSearchPath(query: Query, name: string, schemas: string[]): Promise<void> {
  const odd = schemas.find((schema) => schema.includes(", "));
  if (odd !== undefined) {
    throw new ProviderError(`search_path cannot contain \`, \`: ${odd}`);
  }
  const path = schemas.length > 0 ? schemas.map(identifier).join(", ") : "DEFAULT";
  await step(
    `could not set search_path ${path} for ${name}`,
    query(`ALTER ROLE ${identifier(name)} SET search_path TO ${path}`),
  );
}

async function setTimeout(
  query: Query,
  data: ResourceData,
  property: string,
  parameter: string,
): Promise<void> {
  if (!data.isChanged(property)) {
    return;
  }
  const name = data.string("name");
  const milliseconds = data.int(property);
  await (milliseconds === 0
    ? step(
        `could not reset ${parameter} for ${name}`,
        query(`ALTER ROLE ${identifier(name)} RESET ${parameter}`),
      )
    : step(
        `could not set ${parameter} ${milliseconds} for ${name}`,
        query(`ALTER ROLE ${identifier(name)} SET ${parameter} TO ${milliseconds}`),
      ));
}

async function setAssumedRole(query: Query, data: ResourceData): Promise<void> {
  if (!data.isChanged("assumeRole")) {
    return;
  }
  const name = data.string("name");
  const assumed = data.string("assumeRole");
  await (assumed === ""
    ? step(`could not reset role for ${name}`, query(`ALTER ROLE ${identifier(name)} RESET ROLE`))
    : step(
        `could not set role ${assumed} for ${name}`,
        query(`ALTER ROLE ${identifier(name)} SET ROLE TO ${identifier(assumed)}`),
      ));
}

interface RoleRow {
  readonly name: string;
  readonly roles: string[];
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly create_role: boolean;
  readonly create_database: boolean;
  readonly login: boolean;
  readonly connection_limit: number;
  readonly valid_until: string;
  readonly settings: string[] | null;
  readonly replication: boolean;
  readonly bypass_rls: boolean;
}

const READ = `SELECT rolname AS name, ARRAY(
    SELECT pg_get_userbyid(roleid)::text FROM pg_catalog.pg_auth_members members
    WHERE member = pg_roles.oid
  ) AS roles, rolsuper AS superuser, rolinherit AS inherit, rolcreaterole AS create_role,
  rolcreatedb AS create_database, rolcanlogin AS login, rolconnlimit AS connection_limit,
  COALESCE(rolvaliduntil::TEXT, 'infinity') AS valid_until, rolconfig AS settings,
  rolreplication AS replication, rolbypassrls AS bypass_rls
  FROM pg_catalog.pg_roles WHERE rolname = $1`;

async function read(database: Database, data: ResourceData): Promise<void> {
  await database.session(async (query) => {
    const [row] = await step("error reading ROLE", query<RoleRow>(READ, [data.id]));
    data.id = row?.name ?? "";
    if (row) {
      data.record({ ...fromRow(row), ...(await readPassword(database, query, data, row.login)) });
    }
  });
}

function fromRow(row: RoleRow): Properties {
  const setting = (parameter: string) =>
    row.settings?.find((one) => one.startsWith(`${parameter}=`))?.slice(parameter.length + 1);
  return {
    assumeRole: setting("role") ?? "",
    bypassRowLevelSecurity: row.bypass_rls,
    connectionLimit: row.connection_limit,
    createDatabase: row.create_database,
    createRole: row.create_role,
    encryptedPassword: true,
    idleInTransactionSessionTimeout: Number(setting("idle_in_transaction_session_timeout") ?? 0),
    inherit: row.inherit,
    login: row.login,
    name: row.name,
    replication: row.replication,
    roles: row.roles,
    searchPaths: setting("search_path")?.split(", ").map(unquoted) ?? [],
    statementTimeout: Number(setting("statement_timeout") ?? 0),
    superuser: row.superuser,
    validUntil: row.valid_until,
  };
}

function unquoted(name: string): string {
  return name.replace(/^"+|"+$/g, "");
}

/** Only a superuser may look at stored passwords; others go by what the state says. */
async function readPassword(
  database: Database,
  query: Query,
  data: ResourceData,
  login: boolean,
): Promise<Properties> {
  const password = data.string("password");
  if (password === "" || !login || !database.settings.superuser) {
    return {};
  }
  if (!(await isSuperuser(query, database.user))) {
    throw new ProviderError(
      `could not read role password from Postgres as connected user ${database.user} is not a ` +
        "SUPERUSER. You can set `superuser = false` in the provider configuration so it will not " +
        "try to read the password from Postgres",
    );
  }
  const [row] = await query<{ passwd: string }>(
    "SELECT COALESCE(passwd, '') AS passwd FROM pg_catalog.pg_shadow AS s WHERE s.usename = $1",
    [data.id],
  );
  const stored = row?.passwd ?? "";
  // A clear text cannot be compared with a SCRAM verifier without a login, so it is believed.
  const isClear = !password.startsWith("md5") && !password.startsWith("SCRAM-SHA-256");
  return { password: isClear && stored.startsWith("SCRAM-SHA-256") ? password : stored };
}
