import type { SlotName } from "./rotationPlan";

/**
 * What everything of an application is called, in the database, the vault and the cluster. A slot's
 * Service and Deployment bear the name of its release: the chart says so.
 *
 * @param application its short name, such as `app`
 */
export const namesOf = (application: string) => ({
  namespace: application,
  database: application,
  schema: application,
  ingress: application,
  /** Owns the schema; may not log in. */
  owner: `${application}_owner`,
  /** Holds all grants; may not log in. */
  readWrite: `${application}_rw`,
  /** Changes the schema, as the owner. */
  migrator: `${application}_migrator`,
  /** May count and end the slots' sessions. */
  rotator: `${application}_rotator`,
  /** Schema of the rotator's functions. */
  rotatorSchema: `${application}_rotation`,
  secrets: { rotator: `${application}-rotator`, retired: `${application}-retired` },
  slot: (slot: SlotName) => ({
    role: `${application}_${slot}`,
    secret: `${application}-${slot}`,
    release: `${application}-${slot}`,
    /** Service account of its pods. */
    account: `${application}-${slot}`,
    /** Service account of its proofs. */
    proofAccount: `${application}-proof-${slot}`,
  }),
});
