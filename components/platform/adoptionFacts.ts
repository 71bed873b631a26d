import type { Client } from "pg";
import { type DatabaseAddress, withDatabase } from "../facts/databaseSession";
import { type Adopted, madeBy, namesOf, ownRoles, SERVER_DATABASE } from "../plan";

/** What an application takes over, and who it is. */
export interface AdoptionSubject {
  readonly adopted: Adopted;
  readonly application: string;
  /** Full name of the stack. */
  readonly stack: string;
}

/** What the server says of a role. */
export interface FoundRole {
  /** Attributes that no role may have which slots act as, as SQL has them. */
  readonly attributes: readonly string[];
  /** Whether it is the server's administrator, or one of them. */
  readonly isAdministrator: boolean;
  /** Whether the administrator may grant and alter it. */
  readonly isOurs: boolean;
  /** Who may. */
  readonly grantors: readonly string[];
}

/** A setting that a login has of its own. */
export interface FoundSetting {
  readonly name: string;
  readonly value: string;
  /** Whether it holds in the database alone. */
  readonly isInDatabase: boolean;
}

/** Something of another owner, beside what the application uses. */
export interface ForeignObject {
  readonly object: string;
  readonly owner: string;
  /** As in `ALTER TABLE`. */
  readonly kind: string;
}

/** What a server says of a login and a database before anything is made. */
export interface AdoptionFacts {
  readonly administrator: string;
  readonly legacy: FoundRole | null;
  readonly owner: FoundRole | null;
  /** Whether the login has the owner's rights, and may act as it. */
  readonly actsAsOwner: boolean;
  /** Roles of people and applications, for who mistyped one. */
  readonly logins: readonly string[];
  readonly databases: readonly string[];
  /** Owner of the database; null where there is none. */
  readonly databaseOwner: string | null;
  /** Whether the administrator may enter it. */
  readonly mayConnect: boolean;
  /** Whether the administrator may make the rotator's schema in the server's own database. */
  readonly mayCreateSchema: boolean;
  readonly settings: readonly FoundSetting[];
  /** Roles that are called as the program's own, and whether the administrator may grant them. */
  readonly own: readonly {
    readonly name: string;
    readonly isOurs: boolean;
    readonly grantors: readonly string[];
  }[];
  /** Things in the schema that is called as the rotator's; null where there is none. */
  readonly inSchema: number | null;
  /** Whether functions in there say that this stack made them. */
  readonly isMarked: boolean;
  /** The owner, and owners of what is foreign, that the administrator cannot act as. */
  readonly notActed: readonly string[];
  readonly members: readonly string[];
  readonly sessions: readonly string[];
  readonly prepared: readonly string[];
  readonly foreign: readonly ForeignObject[];
  readonly eventTriggers: readonly string[];
}

/** Asks the server and the database, as the administrator; it changes nothing. */
export async function askAdoption(
  server: Omit<DatabaseAddress, "name">,
  administrator: { readonly user: string; readonly password: string },
  subject: AdoptionSubject,
): Promise<AdoptionFacts> {
  const { adopted } = subject;
  const look = <T>(name: string, use: (client: Client) => Promise<T>) =>
    withDatabase({ ...server, name }, administrator, "adoption", use);
  const outside = await look(SERVER_DATABASE, (client) => askServer(client, subject));
  const nothing = { foreign: [], eventTriggers: [], notActed: [] };
  const isInside = outside.databaseOwner !== null && outside.mayConnect;
  const inside = isInside
    ? await look(adopted.databaseName, (client) => askDatabase(client, adopted))
    : nothing;
  return { administrator: administrator.user, ...outside, ...inside };
}

type Inside = Pick<AdoptionFacts, "foreign" | "eventTriggers" | "notActed">;
type Outside = Omit<AdoptionFacts, "administrator" | keyof Inside>;

const ADMINISTRATORS = "azure_pg_admin";

/** Roles, other than the server's own, that may grant a role to others. */
const GRANTORS = `array(SELECT m.rolname::text FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member
                         WHERE a.roleid = r.oid AND a.admin_option AND NOT m.rolsuper ORDER BY 1)`;

const ROLE = `json_build_object(
  'attributes', array_remove(ARRAY[
     CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
     CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
     CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL),
  'isAdministrator', r.rolname = current_user OR EXISTS (SELECT FROM pg_roles a
     WHERE a.rolname = '${ADMINISTRATORS}' AND pg_has_role(r.oid, a.oid, 'MEMBER')),
  'isOurs', pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'),
  'grantors', ${GRANTORS})`;

/** $1 the login, $2 the owner, $3 the database, $4 roles of the program, $5 its schema, $6 its mark. */
const SERVER = `
WITH login AS (SELECT * FROM pg_roles WHERE rolname = $1),
     place AS (SELECT * FROM pg_database WHERE datname = $3)
SELECT
  (SELECT ${ROLE} FROM pg_roles r WHERE r.rolname = $1) AS legacy,
  (SELECT ${ROLE} FROM pg_roles r WHERE r.rolname = $2) AS owner,
  (SELECT coalesce(bool_and(pg_has_role(l.oid, o.oid, 'USAGE') AND pg_has_role(l.oid, o.oid, 'SET')), true)
     FROM login l, pg_roles o WHERE o.rolname = $2) AS "actsAsOwner",
  array(SELECT rolname::text FROM pg_roles WHERE rolcanlogin AND NOT rolsuper
         AND rolname <> current_user ORDER BY 1) AS logins,
  array(SELECT datname::text FROM pg_database WHERE NOT datistemplate AND datname !~ '^azure_'
         ORDER BY 1) AS databases,
  (SELECT pg_get_userbyid(datdba)::text FROM place) AS "databaseOwner",
  coalesce((SELECT has_database_privilege(oid, 'CONNECT') FROM place), false) AS "mayConnect",
  has_database_privilege('${SERVER_DATABASE}', 'CREATE') AS "mayCreateSchema",
  (SELECT coalesce(json_agg(json_build_object('name', split_part(e.entry, '=', 1),
            'value', substr(e.entry, strpos(e.entry, '=') + 1), 'isInDatabase', s.setdatabase <> 0)
            ORDER BY e.entry, s.setdatabase), '[]')
     FROM login l JOIN pg_db_role_setting s ON s.setrole = l.oid CROSS JOIN unnest(s.setconfig) AS e(entry)
    WHERE s.setdatabase IN (0, (SELECT oid FROM place))) AS settings,
  (SELECT coalesce(json_agg(json_build_object('name', r.rolname,
            'isOurs', pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'), 'grantors', ${GRANTORS})
            ORDER BY r.rolname), '[]')
     FROM pg_roles r WHERE r.rolname = ANY ($4)) AS own,
  (SELECT (SELECT count(*)::int FROM pg_proc WHERE pronamespace = n.oid)
        + (SELECT count(*)::int FROM pg_class WHERE relnamespace = n.oid)
     FROM pg_namespace n WHERE n.nspname = $5) AS "inSchema",
  EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE n.nspname = $5 AND strpos(p.prosrc, '-- ' || $6 || E'\\n') > 0) AS "isMarked",
  array(SELECT m.rolname::text FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member
          JOIN login l ON l.oid = a.roleid
         WHERE m.rolname <> current_user AND m.rolname <> ALL ($4)
           AND m.rolname <> '${ADMINISTRATORS}' ORDER BY 1) AS members,
  array(SELECT count(*) || ' of ' || coalesce(nullif(application_name, ''), 'an unnamed application')
               || ' from ' || coalesce(host(client_addr), 'an unknown address')
          FROM pg_stat_activity a JOIN login l ON l.oid = a.usesysid
         GROUP BY application_name, client_addr ORDER BY 1) AS sessions,
  array(SELECT gid FROM pg_prepared_xacts WHERE owner = $1 ORDER BY 1) AS prepared`;

async function askServer(
  client: Client,
  { adopted, application, stack }: AdoptionSubject,
): Promise<Outside> {
  const { rows } = await client.query<Outside>(SERVER, [
    adopted.legacyRole,
    adopted.ownerRole,
    adopted.databaseName,
    ownRoles(application),
    namesOf(application).rotatorSchema,
    madeBy(stack),
  ]);
  return rows[0]!;
}

const NOT_OF_EXTENSION = (catalog: string) =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass
                  AND d.objid = o.oid AND d.deptype = 'e')`;

/** $1 the login, $2 the owner: what others own in the schemas that the two have something in. */
const FOREIGN = `
WITH used AS (SELECT n.oid, n.nspname FROM pg_namespace n
               WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                 AND (pg_get_userbyid(n.nspowner) IN ($1, $2) OR EXISTS (
                   SELECT FROM pg_class c WHERE c.relnamespace = n.oid
                      AND pg_get_userbyid(c.relowner) IN ($1, $2)))),
     found AS (
       SELECT CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS kind,
              format('%I.%I', u.nspname, o.relname) AS object, o.relowner AS owner
         FROM pg_class o JOIN used u ON u.oid = o.relnamespace
        WHERE o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND ${NOT_OF_EXTENSION("pg_class")}
          -- One of a column has the owner of its table.
          AND NOT (o.relkind = 'S' AND EXISTS (SELECT FROM pg_depend d
                 WHERE d.classid = 'pg_class'::regclass AND d.objid = o.oid AND d.deptype IN ('a', 'i')
                   AND d.refclassid = 'pg_class'::regclass))
       UNION ALL
       SELECT 'ROUTINE', o.oid::regprocedure::text, o.proowner
         FROM pg_proc o JOIN used u ON u.oid = o.pronamespace
        WHERE ${NOT_OF_EXTENSION("pg_proc")}
       UNION ALL
       SELECT 'TYPE', format('%I.%I', u.nspname, o.typname), o.typowner
         FROM pg_type o JOIN used u ON u.oid = o.typnamespace
        WHERE o.typtype IN ('e', 'd', 'r') AND ${NOT_OF_EXTENSION("pg_type")})
SELECT kind, object, pg_get_userbyid(owner)::text AS owner FROM found
 WHERE pg_get_userbyid(owner) <> $2 ORDER BY owner, object`;

async function askDatabase(client: Client, adopted: Adopted): Promise<Inside> {
  const who = [adopted.legacyRole, adopted.ownerRole];
  const { rows: foreign } = await client.query<ForeignObject>(FOREIGN, who);
  const { rows } = await client.query<Omit<Inside, "foreign">>(
    `SELECT array(SELECT evtname::text FROM pg_event_trigger ORDER BY 1) AS "eventTriggers",
            array(SELECT rolname::text FROM pg_roles
                   WHERE rolname = ANY ($1)
                     AND NOT (pg_has_role(oid, 'USAGE') AND pg_has_role(oid, 'SET'))
                   ORDER BY 1) AS "notActed"`,
    [[adopted.ownerRole, ...foreign.map(({ owner }) => owner)]],
  );
  return { foreign, ...rows[0]! };
}
