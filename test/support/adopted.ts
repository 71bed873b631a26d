import type { Adopted } from "../../components/plan";

/** A login that a stack takes over, and that owns what it uses; it has no settings of its own. */
export const ADOPTED: Adopted = {
  legacyRole: "Shop-App.Legacy",
  ownerRole: "Shop-App.Legacy",
  databaseName: "Shop-DB",
  searchPath: undefined,
  statementTimeout: undefined,
  idleInTransactionTimeout: undefined,
  legacyService: { name: "shop", port: 8080 },
};
