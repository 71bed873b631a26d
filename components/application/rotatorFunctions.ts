import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { namesOf } from "../plan";

/** What the rotator may do to sessions, and where. */
export interface RotatorFunctionsArgs {
  /** Short name of the application, e.g. `shop`. */
  readonly application: string;
  /** Database that the schema is made in. */
  readonly databaseName: pulumi.Input<string>;
  /** Whose sessions it may count and end. */
  readonly ends: readonly string[];
  /**
   * Whose it may count besides.
   * @default nobody's
   */
  readonly counts?: readonly string[];
  /** A comment in the functions' bodies, without a line break. */
  readonly comment?: string;
}

/**
 * A schema with the two functions that the rotator may execute, closed to everybody else.
 *
 * @param name of the component that has them
 * @param opts with that component as parent
 * @returns name of the schema, known once it is closed
 */
export function rotatorFunctions(
  name: string,
  { application, comment, counts = [], databaseName, ends }: RotatorFunctionsArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const schema = new postgresql.Schema(
    `${name}-rotator`,
    { name: namesOf(application).rotatorSchema, database: databaseName },
    opts,
  );
  const { parent } = opts;
  let functions: pulumi.Resource[] = [];
  for (const [called, roles, query] of [
    ["count_sessions", [...ends, ...counts], COUNT],
    ["end_sessions", ends, END],
  ] as const) {
    const made = new postgresql.Function(
      `${name}-${called}`,
      {
        name: called,
        schema: schema.name,
        database: databaseName,
        args: [{ name: "slot_role", type: "text" }],
        returns: "bigint",
        language: "plpgsql",
        securityDefiner: true,
        body: sessionFunction(roles, query, comment),
      },
      // One after another: PostgreSQL refuses concurrent changes of one object's grants.
      { ...(parent && { parent }), dependsOn: functions.slice(-1) },
    );
    functions = [...functions, made];
  }
  // Everyone may execute a new function until told otherwise.
  const closed = new postgresql.Grant(
    `${name}-grant-functions`,
    {
      database: databaseName,
      role: "public",
      schema: schema.name,
      objectType: "function",
      privileges: [],
    },
    { ...(parent && { parent }), dependsOn: functions },
  );
  return pulumi.all([schema.name, closed.id]).apply(([schemaName]) => schemaName);
}

const COUNT =
  "SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE usename = slot_role";
const END =
  "SELECT pg_catalog.count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(pid))" +
  " FROM pg_catalog.pg_stat_activity WHERE usename = slot_role";

/**
 * The body of a function that runs with the administrator's rights: it fixes its search path
 * first, because the provider has no `SET` clause, and accepts these roles only.
 */
function sessionFunction(roles: readonly string[], query: string, comment?: string): string {
  const accepted = roles.map((role) => `'${role.replaceAll("'", "''")}'`).join(", ");
  return `${comment === undefined ? "" : `\n-- ${comment}`}
DECLARE
  result bigint;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  IF slot_role IS NULL OR slot_role NOT IN (${accepted}) THEN
    RAISE EXCEPTION 'not a role of a slot: %', slot_role USING ERRCODE = 'invalid_parameter_value';
  END IF;
  ${query} INTO result;
  RETURN result;
END
`;
}
