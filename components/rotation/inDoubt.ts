import type * as pulumi from "@pulumi/pulumi";

/**
 * Recreates a role whose last change failed, and does nothing otherwise.
 *
 * The provider records a failed change as done (pulumi/pulumi#21458), so the next run would send
 * nothing, while the role may have the old or the new password, with login enabled or disabled. The
 * engine keeps the failure beside the record, under the name below, and can trigger a replacement by
 * it. A replacement sends everything.
 *
 * Not for a role that may be serving: dropping it takes away its sessions' privileges.
 */
export const ANEW_WHEN_IN_DOUBT: pulumi.CustomResourceOptions = {
  replaceOnChanges: ["#initerror"],
  // Two roles cannot have the same name.
  deleteBeforeReplace: true,
};
