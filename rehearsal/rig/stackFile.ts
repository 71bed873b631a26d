/** What the rehearsal's stack file says. */

export const APPLICATION = "app";

export const PRODUCTION_HOST = "app.rehearsal.test";

/** The login roles of the slots. */
export const ROLES = [`${APPLICATION}_blue`, `${APPLICATION}_green`];
