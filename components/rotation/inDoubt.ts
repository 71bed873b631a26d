import type * as pulumi from "@pulumi/pulumi";

/**
 * Makes a role anew whose last change failed, and does nothing otherwise.
 *
 * The provider records a change that failed as done (pulumi/pulumi#21458), so the next run would
 * send nothing, while the database may have the old password, the new one, or either of two answers
 * to whether the role may log in. The engine keeps the failure beside the record, under the name
 * below, and that it can replace upon. A replacement sends everything.
 *
 * Not for a role that may be serving: its sessions lose their rights when it is dropped.
 */
export const ANEW_WHEN_IN_DOUBT: pulumi.CustomResourceOptions = {
  replaceOnChanges: ["#initerror"],
  // There cannot be two roles of one name.
  deleteBeforeReplace: true,
};
