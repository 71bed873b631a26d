import { reservation } from "./reservedNames";
import type { SlotName } from "./rotationPlan";

/** Where an application is in a cluster: another team may have given both their names. */
export interface Placement {
  /** Short name of the application. */
  readonly application: string;
  /**
   * Namespace of another team.
   * @default one that is named after the application
   */
  readonly namespace?: string | undefined;
  /**
   * Ingress of another team, which is taken over.
   * @default one that is named after the application
   */
  readonly ingress?: string | undefined;
}

/** Class of an Ingress that the Application Gateway Ingress Controller (AGIC) of AKS reads. */
export const AGIC_CLASS = "azure-application-gateway";

/** Prefix of the annotations that tell it more. */
export const AGIC = "appgw.ingress.kubernetes.io";

/** The namespace of an application: the one place that says so. */
export function namespaceOf({
  application,
  namespace,
}: Pick<Placement, "application" | "namespace">): string {
  return namespace ?? application;
}

/** The Ingress that leads to an application. */
export function ingressOf({
  application,
  ingress,
}: Pick<Placement, "application" | "ingress">): string {
  return ingress ?? application;
}

/** Names a database, a role prefix and a namespace: the strictest of their rules, and short. */
export const APPLICATION_NAME = {
  pattern: /^[a-z][a-z0-9]{0,11}$/,
  rule: "a lowercase letter, then up to 11 lowercase letters or digits",
} as const;

/**
 * The default database of every server. It holds nothing of ours, and no slot can connect to it.
 */
export const SERVER_DATABASE = "postgres";

/** What the vault says that a secret of the program is; a secret of others says something else. */
export const SECRET_CONTENT = "password of a PostgreSQL role";

/** Digits of a version that distinguish it in a name. */
export const VERSION_DIGITS = 8;

/** The name of a SecretProviderClass that mounts one version of a secret: another version is another class. */
export function mountName(secretName: string, version: string): string {
  return `${secretName}-${version.slice(0, VERSION_DIGITS)}`;
}

/** The problem with an application's short name, as a sentence; undefined if there is none. */
export function applicationNameProblem(name: string): string | undefined {
  if (!APPLICATION_NAME.pattern.test(name)) {
    return `must be ${APPLICATION_NAME.rule}, not "${name}".`;
  }
  const reserved = reservation(name);
  return reserved && `must not be "${name}": ${reserved}.`;
}

/**
 * The names of everything that belongs to an application in the database, the vault and the
 * cluster. The chart names a slot's Service and Deployment after its release.
 *
 * @param application its short name, such as `app`
 */
export const namesOf = (application: string) => ({
  database: application,
  schema: application,
  /** Owns the schema; cannot log in. */
  owner: `${application}_owner`,
  /** Holds all grants; cannot log in. */
  readWrite: `${application}_rw`,
  /** Changes the schema, as the owner. */
  migrator: `${application}_migrator`,
  /** May count and end the slots' sessions. */
  rotator: `${application}_rotator`,
  /** Schema of the rotator's functions. */
  rotatorSchema: `${application}_rotation`,
  /** The one release of a strategy without slots. */
  release: application,
  secrets: { rotator: `${application}-rotator`, retired: `${application}-retired` },
  /** The live slot's autoscaler. */
  autoscaler: application,
  /** Service accounts of proofs that concern either slot, by proof. */
  proofAccounts: {
    rolled: `${application}-rolled`,
    vacated: `${application}-vacator`,
    drained: `${application}-drained`,
    refused: `${application}-refused`,
    legacy: `${application}-legacy`,
  },
  /** Release and Job of a trial. */
  trial: (template: string) => `${application}-trial-${template.slice(0, 8)}`,
  slot: (slot: SlotName) => ({
    role: `${application}_${slot}`,
    secret: `${application}-${slot}`,
    release: `${application}-${slot}`,
    /** Service account of its pods. */
    account: `${application}-${slot}`,
    /** Service account of its pods where both slots have one release, in which no account may be. */
    credentialAccount: `${application}-${slot}-credential`,
    /** Service account of the proof before its promotion. */
    proofAccount: `${application}-proof-${slot}`,
    /** Service account of the pod for which the vault's driver writes its Secret. */
    holderAccount: `${application}-holder-${slot}`,
    /** Service account of the proof that it answers production. */
    answersAccount: `${application}-answers-${slot}`,
  }),
});

/** A name as SQL has it; most of the program's own need no quotes. */
export function sqlName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && reservation(name) === undefined
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}
