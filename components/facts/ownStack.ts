import * as pulumi from "@pulumi/pulumi";

/**
 * Annotation of objects that the program makes in a namespace of others: by it a first deployment that
 * stopped halfway knows its own.
 */
export const STACK_ANNOTATION = "rotation/stack";

/** The stack's whole name, as references have it: `organization/project/stack`. */
export function ownStack(): string {
  return `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
}
