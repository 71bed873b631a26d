import { DatabaseError } from "pg";
import type { Client } from "pg";

/** The roles that one is compared with. */
export interface Others {
  /** The other slot's role; undefined on the very first deployment, which makes it later. */
  readonly other: string | undefined;
  /** The role that the slots have their rights of. */
  readonly group: string;
  /** The role that owns the schema, which the slots may act as. */
  readonly owner: string;
  /** Connections that the role may have, as the platform sets it. */
  readonly connectionLimit: number;
}

/**
 * What a role may do, beside what it has to. Whoever holds a slot's password makes differences: gives
 * that role settings and default privileges, has it own large objects, shares those with the other
 * role, and drops what its own role was given. Where the slots act as the owner, it decides about all
 * that is the owner's, too. So none of that is a reason to fail.
 */
export interface Parity {
  /** What the group or the other role was given, and this one may not do; attributes that it lacks. */
  readonly differences: readonly string[];
  /** What either role has beyond that, `MOST_NAMED` of it: for people to look at. */
  readonly beyond: readonly string[];
}

/** Enough to see what is wrong, without making the one line of evidence a book. */
export const MOST_NAMED = 50;

/**
 * A kind of thing on which privileges are held. Every expression is trusted SQL of this file;
 * `may` gets the role, `o` is the object and `p.p` the privilege.
 */
interface Kind {
  readonly kind: string;
  readonly privileges: readonly string[];
  readonly objects: string;
  readonly name: string;
  readonly may: (role: string) => string;
}

const MINE = "$1::name";
const OTHER = "$2::name";
const GROUP = "$3::name";
/** The owner's number, if the other role's holder may act as the owner; else null. */
const ACTED_AS = `(select oid from pg_roles
                    where rolname = $4::name and pg_has_role(${OTHER}, oid, 'SET'))`;
const NOT_SYSTEM = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
const TABLE_PRIVILEGES = "SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER".split(" ");
const CURRENT_DATABASE = "(select oid from pg_database where datname = current_database())";
/** What a session makes for itself is gone with it, so neither slot can miss it. */
const NOT_TEMPORARY = `(s.dbid <> ${CURRENT_DATABASE}
  or coalesce((pg_identify_object(s.classid, s.objid, s.objsubid)).schema, '')
       !~ '^pg_(toast_)?temp')`;

const grantable = (...privileges: string[]): string[] =>
  privileges.flatMap((privilege) => [privilege, `${privilege} WITH GRANT OPTION`]);
const oidOf = (role: string): string => `(select oid from pg_roles where rolname = ${role})`;
/** Whose things a holder of a slot's password decides about. */
const HOLDERS = `${oidOf(MINE)}, ${oidOf(OTHER)}, ${ACTED_AS}`;
const relations = (kinds: string): string =>
  `pg_class o join pg_namespace n on n.oid = o.relnamespace and ${NOT_SYSTEM}
     and o.relkind in (${kinds}) and (o.relowner in (${HOLDERS})) is not true`;

/** Whether one of these roles owns what `s` is about, or a policy's table. */
const ownedBy = (oids: string, orTable = "false"): string => `(exists (select from pg_shdepend w
         where (w.dbid, w.classid, w.objid) = (s.dbid, s.classid, s.objid)
           and w.refclassid = 'pg_authid'::regclass and w.deptype = 'o'
           and w.refobjid in (${oids}))
   or s.classid = 'pg_policy'::regclass and s.dbid = ${CURRENT_DATABASE}
      and exists (select from pg_policy y join pg_class c on c.oid = y.polrelid
                   where y.oid = s.objid and (c.relowner in (${oids}) or ${orTable})))`;

/** What is a holder's, or of a table of its session: with whom it is shared, the holder says. */
const OF_A_HOLDER = ownedBy(HOLDERS, "c.relpersistence = 't'");

/** What names a role for a right that it was given, or for a policy. */
function namedBy(restriction: string): Kind {
  return {
    kind: "named by",
    privileges: ["itself"],
    objects: `(select distinct dbid, classid, objid, objsubid, deptype from pg_shdepend s
                where deptype in ('a', 'r') and refclassid = 'pg_authid'::regclass
                  and refobjid in (${oidOf(MINE)}, ${oidOf(OTHER)})
                  and ${NOT_TEMPORARY} and ${restriction}) o`,
    name: described("o"),
    may: (role) => `exists (select from pg_shdepend s where s.refobjid = ${oidOf(role)}
                      and ${role} <> ${GROUP}
                      and s.refclassid = 'pg_authid'::regclass and s.deptype = o.deptype
                      and (s.dbid, s.classid, s.objid, s.objsubid)
                        = (o.dbid, o.classid, o.objid, o.objsubid))`,
  };
}

/** What only an administrator or an owner gives: it is the platform that decides about it. */
function given(serverVersion: number): Kind[] {
  return [
    {
      kind: "membership",
      privileges: ["MEMBER", "USAGE", "SET", "MEMBER WITH ADMIN OPTION"],
      objects: `(select oid, rolname from pg_roles where rolname not in (${MINE}, ${OTHER})) o`,
      name: "o.rolname",
      may: (role) => `pg_has_role(${role}, o.oid, p.p)`,
    },
    {
      kind: "database",
      privileges: grantable("CONNECT", "CREATE", "TEMPORARY"),
      objects: "pg_database o",
      name: "o.datname",
      may: (role) => `has_database_privilege(${role}, o.oid, p.p)`,
    },
    {
      kind: "schema",
      privileges: grantable("USAGE", "CREATE"),
      objects: `(select oid, nspname from pg_namespace n
                  where ${NOT_SYSTEM} and (n.nspowner in (${HOLDERS})) is not true) o`,
      name: "o.nspname",
      may: (role) => `has_schema_privilege(${role}, o.oid, p.p)`,
    },
    {
      kind: "relation",
      privileges: grantable(
        ...TABLE_PRIVILEGES,
        // New in PostgreSQL 17; older servers refuse the word.
        ...(serverVersion >= 170000 ? ["MAINTAIN"] : []),
      ),
      objects: relations("'r', 'p', 'v', 'm', 'f'"),
      name: "o.oid::regclass",
      may: (role) => `has_table_privilege(${role}, o.oid, p.p)`,
    },
    {
      kind: "column",
      privileges: grantable("SELECT", "INSERT", "UPDATE", "REFERENCES"),
      objects: `${relations("'r', 'p', 'v', 'm', 'f'")}
                  join pg_attribute a on a.attrelid = o.oid and a.attacl is not null`,
      name: "o.oid::regclass || '.' || a.attname",
      may: (role) => `has_column_privilege(${role}, o.oid, a.attnum, p.p)`,
    },
    {
      kind: "sequence",
      privileges: grantable("USAGE", "SELECT", "UPDATE"),
      objects: relations("'S'"),
      name: "o.oid::regclass",
      may: (role) => `has_sequence_privilege(${role}, o.oid, p.p)`,
    },
    {
      kind: "function",
      privileges: grantable("EXECUTE"),
      objects: `pg_proc o join pg_namespace n on n.oid = o.pronamespace and ${NOT_SYSTEM}
                  and (o.proowner in (${HOLDERS})) is not true`,
      name: "o.oid::regprocedure",
      may: (role) => `has_function_privilege(${role}, o.oid, p.p)`,
    },
    // Covers what the kinds above do not: types, languages, policies, parameters, and the objects of
    // other databases. The group is named by what the kinds above cover.
    namedBy(`not ${OF_A_HOLDER}`),
  ];
}

/** What a role has for itself, and its holder makes or takes away. */
const OWN: readonly Kind[] = [
  namedBy(ownedBy(ACTED_AS)),
  {
    kind: "setting",
    privileges: ["set"],
    objects: `(select distinct s.setdatabase, e.entry
                 from pg_db_role_setting s cross join unnest(s.setconfig) as e(entry)
                where s.setrole in (${oidOf(MINE)}, ${oidOf(OTHER)})
                  and s.setdatabase in (0, ${CURRENT_DATABASE})) o`,
    name: "o.entry",
    may: (role) => `exists (select from pg_db_role_setting s where s.setrole = ${oidOf(role)}
                      and s.setdatabase = o.setdatabase and o.entry = any(s.setconfig))`,
  },
  {
    kind: "user mapping",
    privileges: ["itself"],
    objects: "pg_foreign_server o",
    name: "o.srvname",
    may: (role) => `exists (select from pg_user_mappings m
                      where m.srvid = o.oid and m.usename = ${role})`,
  },
  {
    kind: "default privileges",
    privileges: ["itself"],
    objects: `(select distinct defaclnamespace as namespace, defaclobjtype as type
                 from pg_default_acl
                where defaclrole in (${oidOf(MINE)}, ${oidOf(OTHER)})) o`,
    name: `'on type ' || o.type::text || coalesce(' in schema ' || (select nspname
             from pg_namespace n where n.oid = o.namespace), '')`,
    may: (role) => `(select replace(d.defaclacl::text, ${role}::text, 'itself')
                       from pg_default_acl d where d.defaclrole = ${oidOf(role)}
                        and (d.defaclnamespace, d.defaclobjtype) = (o.namespace, o.type))`,
  },
];

/** Text of an object of `pg_shdepend`; the names of another database are not to be had here. */
function described(row: string): string {
  return `case when ${row}.dbid in (0, ${CURRENT_DATABASE})
            then pg_describe_object(${row}.classid, ${row}.objid, ${row}.objsubid)
            else 'an object of database '
              || (select datname from pg_database where oid = ${row}.dbid) end`;
}

function comparison({ kind, privileges, objects, name, may }: Kind): string {
  const list = privileges.map((privilege) => `'${privilege}'`).join(", ");
  return `select '${kind}' as kind, (${name})::text as object, p.p as privilege,
                 (${may(MINE)})::text as mine, (${may(OTHER)})::text as other,
                 (${may(GROUP)})::text as "group"
            from ${objects} cross join unnest(array[${list}]) as p(p)`;
}

/** Attributes of a slot's role with the value that the platform gives them. */
const ATTRIBUTES = `
  select a.attribute, a.wanted, to_jsonb(r) ->> a.attribute as found
    from pg_roles r cross join (values
      ('rolsuper', 'false'), ('rolinherit', 'true'), ('rolcreaterole', 'false'),
      ('rolcreatedb', 'false'), ('rolreplication', 'false'), ('rolbypassrls', 'false'),
      ('rolconnlimit', $2::text)) as a(attribute, wanted)
   where r.rolname = $1 and to_jsonb(r) ->> a.attribute is distinct from a.wanted
   order by 1`;

/** What the catalogue calls a role's own because it is for this role; it is compared instead. */
const ITS_OWN = "'pg_user_mapping'::regclass, 'pg_default_acl'::regclass";

/** Named after they were chosen: there may be very many. */
const OWNED = `
  select s.rolname || ' owns ' || ${described("s")} as owned
    from (select r.rolname, s.* from pg_shdepend s
            join pg_roles r on r.oid = s.refobjid and s.classid not in (${ITS_OWN})
           where s.refclassid = 'pg_authid'::regclass and s.deptype = 'o'
             and r.rolname in (${MINE}, ${OTHER}) and ${NOT_TEMPORARY}
           limit ${MOST_NAMED + 1}) as s
   order by 1`;

/** Kinds of relations with what a slot needs of them, as the owner's default privileges give it. */
const NEEDED = [
  ["'r', 'p'", "table", "SELECT INSERT UPDATE DELETE"],
  ["'v', 'm', 'f'", "table", "SELECT"],
  ["'S'", "sequence", "USAGE"],
] as const;

/** As whom a session of the role acts, from its first statement on. */
const ACTING = `(case when pg_has_role(${MINE}, $2::name, 'SET') then $2::name else ${MINE} end)`;

const CLOSED = `
  select lacking.object || ', of ' || pg_get_userbyid(lacking.owner) || ': no '
           || string_agg(p.p, ', ' order by p.n) as closed
    from (${[
      ...NEEDED.map(
        ([kinds, of, privileges]) =>
          `select o.oid::regclass::text as object, o.relowner as owner, '${of}' as kind,
                  '${privileges}' as privileges, o.oid
             from pg_class o join pg_namespace n on n.oid = o.relnamespace
            where n.nspowner = ${oidOf("$2::name")} and o.relkind in (${kinds})`,
      ),
      `select o.oid::regprocedure::text, o.proowner, 'function', 'EXECUTE', o.oid
         from pg_proc o join pg_namespace n on n.oid = o.pronamespace
        where n.nspowner = ${oidOf("$2::name")}`,
    ].join("\nunion all\n")}) as lacking
    cross join regexp_split_to_table(lacking.privileges, ' ') with ordinality as p(p, n)
   where lacking.owner <> ${oidOf(ACTING)}
     and not case lacking.kind
           when 'table' then has_table_privilege(${ACTING}, lacking.oid, p.p)
           when 'sequence' then has_sequence_privilege(${ACTING}, lacking.oid, p.p)
           else has_function_privilege(${ACTING}, lacking.oid, p.p) end
   group by lacking.object, lacking.owner order by 1`;

/**
 * What lies in the owner's schemas and a role cannot use, with whose it is: mostly made by a member
 * of the owner that did not act as it, so that the owner's default privileges did not apply.
 */
export async function closedTo(client: Client, role: string, owner: string): Promise<string[]> {
  const { rows } = await client.query<{ closed: string }>(CLOSED, [role, owner]);
  return rows.map(({ closed }) => closed);
}

/**
 * Compares what a role may effectively do, memberships included, with what it has to: what its group
 * may do, and what else the other slot's role was given. PostgreSQL 16 or newer; any role may ask,
 * because the catalogues and the `has_..._privilege` functions are public.
 */
export async function compareRoles(client: Client, mine: string, others: Others): Promise<Parity> {
  const { group, other = mine, owner, connectionLimit } = others;
  const names = [mine, other, group, owner];
  const version = await client.query<{ number: number }>(
    "select current_setting('server_version_num')::int as number",
  );
  const attributes = await client.query<Record<"attribute" | "wanted" | "found", string>>(
    ATTRIBUTES,
    [mine, connectionLimit],
  );
  const rights = await client.query<Compared & { isNeeded: boolean }>(
    `select kind, object, privilege, mine, other,
            'true' in ("group", other) is true as "isNeeded"
       from (${given(version.rows[0]?.number ?? 0)
         .map(comparison)
         .join("\nunion all\n")}) as compared
      where ('true' in ("group", other) is true) <> (mine is not distinct from 'true')
      order by 1, 2, 3`,
    names,
  );
  const lacking = rights.rows.filter(({ isNeeded }) => isNeeded);
  const more = rights.rows.filter(({ isNeeded }) => !isNeeded);
  return {
    differences: [
      ...attributes.rows.map(
        ({ attribute, wanted, found }) => `attribute ${attribute}: ${found}, not ${wanted}`,
      ),
      ...lacking.map(nameOf),
    ],
    beyond: atMost([
      ...more.map((row) => `${nameOf(row)}: ${mine} only`),
      ...(await whatHoldersMade(client, mine, other, names)),
    ]),
  };
}

type Compared = Record<"kind" | "object" | "privilege", string> & {
  readonly mine: string | null;
  readonly other: string | null;
};

function nameOf({ kind, object, privilege }: Compared): string {
  return `${kind} ${object} ${privilege}`;
}

/** It decides nothing, so that it cannot be listed decides nothing either. */
async function whatHoldersMade(
  client: Client,
  mine: string,
  other: string,
  names: readonly string[],
): Promise<string[]> {
  try {
    const own = await client.query<Compared>(
      `select kind, object, privilege, mine, other
         from (${OWN.map(comparison).join("\nunion all\n")}) as compared
        where mine is distinct from other order by 1, 2, 3 limit ${MOST_NAMED + 1}`,
      [...names],
    );
    const owned = await client.query<{ owned: string }>(OWNED, [mine, other]);
    const has = (value: string | null) => value !== null && value !== "false";
    return [
      ...own.rows.map((row) => {
        const whose = has(row.mine) && has(row.other) ? "not the same" : undefined;
        return `${nameOf(row)}: ${whose ?? `${has(row.mine) ? mine : other} only`}`;
      }),
      ...owned.rows.map((row) => row.owned),
    ];
  } catch (error) {
    if (error instanceof DatabaseError) {
      return [`not to be listed: ${error.message}`];
    }
    throw error;
  }
}

function atMost(list: readonly string[]): string[] {
  return list.length > MOST_NAMED ? [...list.slice(0, MOST_NAMED), "and more"] : [...list];
}
