/** Objects that are no part of PostgreSQL itself. */
const OWN = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
const TABLE_PRIVILEGES = "SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER";

/** A list of what roles may do with a kind of object, one row per role, object and privilege. */
function held(privileges: string, objects: string, name: string, may: string): string {
  return `SELECT r.rolname, p || ' on ' || ${name} AS what
            FROM pg_roles r CROSS JOIN unnest(string_to_array('${privileges}', ',')) AS p
           CROSS JOIN ${objects} WHERE ${may}`;
}

/**
 * Statement whose rows are what one of two roles may effectively do and the other may not, each
 * with the role that may. PostgreSQL 16 or newer.
 */
export function roleDifferences(one: string, other: string): string {
  const relations = (kinds: string) =>
    `(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN (${kinds}) AND ${OWN}) o`;
  const rights = [
    held(
      "CONNECT,CREATE,TEMPORARY",
      "pg_database o",
      "'database ' || o.datname",
      "has_database_privilege(r.oid, o.oid, p)",
    ),
    held(
      "USAGE,CREATE",
      `(SELECT n.oid, n.nspname FROM pg_namespace n WHERE ${OWN}) o`,
      "'schema ' || o.nspname",
      "has_schema_privilege(r.oid, o.oid, p)",
    ),
    held(
      TABLE_PRIVILEGES,
      relations("'r', 'p', 'v', 'm', 'f'"),
      "o.oid::regclass::text",
      "has_table_privilege(r.oid, o.oid, p)",
    ),
    held(
      "USAGE,SELECT,UPDATE",
      relations("'S'"),
      "o.oid::regclass::text",
      "has_sequence_privilege(r.oid, o.oid, p)",
    ),
    held(
      "EXECUTE",
      `(SELECT f.oid FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace WHERE ${OWN}) o`,
      "o.oid::regprocedure::text",
      "has_function_privilege(r.oid, o.oid, p)",
    ),
    `SELECT r.rolname, 'member of ' || m.roleid::regrole FROM pg_roles r
       JOIN pg_auth_members m ON m.member = r.oid`,
    `SELECT r.rolname, concat_ws(' ', 'attributes', r.rolsuper, r.rolinherit, r.rolcreaterole,
            r.rolcreatedb, r.rolreplication, r.rolbypassrls) FROM pg_roles r`,
    `SELECT r.rolname, 'owner of ' || pg_describe_object(s.classid, s.objid, s.objsubid)
       FROM pg_roles r JOIN pg_shdepend s ON s.refobjid = r.oid AND s.deptype = 'o'
        AND s.refclassid = 'pg_authid'::regclass`,
  ];
  return `SELECT what, min(rolname) AS role FROM (${rights.join("\nUNION ALL\n")}) AS may
           WHERE rolname IN ('${one}', '${other}')
           GROUP BY what HAVING count(DISTINCT rolname) = 1 ORDER BY what`;
}
