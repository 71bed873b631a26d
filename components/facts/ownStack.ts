import * as pulumi from "@pulumi/pulumi";

/** The stack's whole name, as references have it: `organization/project/stack`. */
export function ownStack(): string {
  return `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
}
