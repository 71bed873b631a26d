import type * as pulumi from "@pulumi/pulumi";

/**
 * Lets what is inside of a database server go with the server: nothing is dropped one by one, which
 * would fail at the first schema that has a table in it.
 *
 * @param server undefined where it is nobody's to delete, and each thing is dropped
 */
export function goesWith(server: pulumi.Resource | undefined): pulumi.ResourceTransformation {
  return ({ type, props, opts }) =>
    server !== undefined && type.startsWith("postgresql:")
      ? { props, opts: { ...opts, deletedWith: opts.deletedWith ?? server } }
      : undefined;
}
