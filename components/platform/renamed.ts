import { type AdoptedRights, slotRights } from "../plan";
import { resourceName, SUFFIX_LENGTH } from "./azureNames";

/**
 * The problem with a stack, or an application, that had another name when it was deployed; undefined
 * when there is none. The names of Azure's resources are made of both.
 *
 * @param host of the database, as the last run left it
 */
export function renamedProblem(
  naming: { readonly application: string; readonly stack: string },
  host: string | undefined,
): string | undefined {
  const server = host?.split(".")[0];
  const [, application] = /^psql-([a-z0-9]+)-/.exec(server ?? "") ?? [];
  const named = server?.slice(0, -SUFFIX_LENGTH - 1);
  if (application === undefined || named === resourceName("server", naming)) {
    return undefined;
  }
  const [key, was, back] =
    application === naming.application
      ? ["stack", named!.slice(`psql-${application}-`.length), "pulumi stack rename"]
      : ["rotation:application", application, "pulumi config set rotation:application"];
  return (
    `The ${key} was called "${was}" when it was deployed (${server}), but is called ` +
    `"${key === "stack" ? naming.stack : naming.application}" now. It cannot be renamed in ` +
    "place: the name is part of Azure's resource names, so everything would be replaced, " +
    `including the database with its data. Restore the old name: ${back} ${was}`
  );
}

/**
 * The same on a platform that is there, where only the database is called after the application, if it
 * is not there, too; undefined when there is no problem.
 *
 * @param database as the last run left it
 */
export function renamedDatabaseProblem(
  {
    adopted,
    application,
  }: { readonly application: string; readonly adopted?: AdoptedRights | undefined },
  database: string | undefined,
): string | undefined {
  return database === undefined || database === slotRights({ application, adopted }).database
    ? undefined
    : `The rotation:application was called "${database}" when it was deployed, but is called ` +
        `"${application}" now. It cannot be renamed in place: database, roles, secrets and namespace ` +
        "have its name, so everything would be replaced, including the database with its data. " +
        `Restore the old name: pulumi config set rotation:application ${database}`;
}
