import type * as pulumi from "@pulumi/pulumi";

const SECRET = "azure-native:keyvault:Secret";

/**
 * Lets what is inside of a database server or a vault go with it. Nothing is dropped one by one, which
 * would fail at the first schema that has a table in it; and no secret is deleted, which would need a
 * right on all of them.
 *
 * @param server undefined where it is nobody's to delete, and each thing is dropped
 * @param vault undefined where it is nobody's to delete, and each secret is
 */
export function goesWith(
  server: pulumi.Resource | undefined,
  vault?: pulumi.Resource,
): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    const holder = type.startsWith("postgresql:") ? server : type === SECRET ? vault : undefined;
    return holder && { props, opts: { ...opts, deletedWith: opts.deletedWith ?? holder } };
  };
}
