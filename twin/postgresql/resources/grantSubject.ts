import type { Database } from "./connection";
import type { ResourceData } from "./resourceData";
import { databaseExists, PUBLIC, roleExists, schemaExists } from "./roles";

/** Kinds of objects that live outside schemas. */
export const OUTSIDE_SCHEMAS = ["database", "foreign_data_wrapper", "foreign_server"];

/** Whether database, role and schema of a grant are still there. */
export async function subjectExists(database: Database, data: ResourceData): Promise<boolean> {
  const name = data.string("database");
  if (!(await database.session((query) => databaseExists(query, name)))) {
    return false;
  }
  const role = data.string("role");
  const schema = data.string("schema");
  const needsSchema = schema !== "" && !OUTSIDE_SCHEMAS.includes(data.string("objectType"));
  return database
    .other(name)
    .session(
      async (query) =>
        (role === PUBLIC || (await roleExists(query, role))) &&
        (!needsSchema || (await schemaExists(query, schema))),
    );
}
