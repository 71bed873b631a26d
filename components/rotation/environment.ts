import type * as pulumi from "@pulumi/pulumi";
import type { ChartShape, Delivery } from "../chart";
import type { ActAs, Adopted, Hosts, ProofBy, SlotName, Strategy, Trial } from "../plan";

/** A user-assigned identity, as a SecretProviderClass refers to it. */
export interface IdentityReference {
  readonly clientId: pulumi.Input<string>;
}

/** Where a rotation runs: what the platform provides, and the settings that no move changes. */
export interface RotationEnvironment {
  /**
   * Short name of the application, such as `app`: a lowercase letter, then up to 11 lowercase letters
   * or digits. Roles, secrets and releases are named after it, so another name is another application.
   */
  readonly application: string;
  /** Namespace of the releases and the proofs. */
  readonly namespace: pulumi.Input<string>;
  /**
   * How production moves from one credential to the next.
   * @default "blueGreen"
   */
  readonly strategy?: Strategy | undefined;
  /**
   * The strategy that the stack leaves, with what its pods are made of: production stays there until a run
   * without it, while the pods of the new one are made and proved.
   * @default none
   */
  readonly leaving?: LeftStrategy | undefined;
  /**
   * Whether others own the namespace and have pods in it: then the program's own pods have a label by which
   * the application's network policies select them and nobody else's.
   * @default false
   */
  readonly isShared?: boolean | undefined;
  /**
   * Name of an Ingress of another team in that namespace, which serves production's host and is taken
   * over.
   * @default one of its own, named after the application
   */
  readonly ingress?: string | undefined;
  /**
   * As whom the slots' sessions act: as the owner of the schema, for an application that creates and
   * alters its tables itself, or as themselves, with the rights to read and write. Chosen with the
   * first deployment: docs/adr/0049.
   * @default "readwrite"
   */
  readonly actAs?: ActAs;
  /**
   * The login and the database that were there before, which the slots take over: they act as its
   * owner. Chosen with the first deployment.
   * @default none: owner, rights and database are the program's
   */
  readonly adopted?: Adopted | undefined;
  /** Days until a credential counts as expired, 31 to 3650. */
  readonly validityDays: number;
  readonly images: {
    /** The application of both slots, with tag or digest: `registry.example.com/app:1.0.0`. */
    readonly app: string;
    /** The proofs, with tag or digest. */
    readonly tools: string;
  };
  readonly release: {
    /** Pods of an active slot, 1 to 100. */
    readonly replicas: number;
    /** Connections in a pod's pool, 1 to 100. */
    readonly poolSize: number;
    /**
     * The server's `max_connections`: 26 to 100000. Each slot's role gets half of them, minus a
     * reserve, regardless of the pods.
     */
    readonly serverConnections: number;
    /**
     * Seconds a pod keeps serving after it is told to stop, 1 to 600; more than the gateway's lag,
     * such as 90.
     */
    readonly preStopSeconds: number;
    /**
     * Minimum and maximum number of live pods, each 1 to 100; the autoscaler chooses. `replicas`,
     * with which a slot starts, lies between them.
     * @default no autoscaler
     */
    readonly autoscaling?:
      { readonly minReplicas: number; readonly maxReplicas: number } | undefined;
    /**
     * Seconds that a new pod must be ready before the rollout counts it, 0 to 300: a little more than
     * two gateway probes, such as 15.
     */
    readonly minReadySeconds: number;
    /**
     * Whether one pod with changed settings is tried before any serving pod is replaced. `none` is for
     * applications of which two must not run; then the first new pod's readiness is the proof.
     */
    readonly trial: Trial;
    /**
     * Whether answers tell anybody which slot, generation, role and version sent them, for test
     * environments.
     * @default they do not, unless the proofs judge answers by it
     */
    readonly describe?: boolean | undefined;
    /** Digest of what defines a slot's pods, from `templateDigest`. */
    readonly template: string;
    /** Seconds that new pods may take to become ready before the run fails, 30 to 3600. */
    readonly rolloutSeconds: number;
    /** Folder of a slot's chart, relative to the folder of Pulumi.yaml: `./charts/app`. */
    readonly chart: string;
    /** Its values, YAML with placeholders: docs/contract.md. */
    readonly values: string;
    /** What it renders to, from `readContract`. */
    readonly shape: ChartShape;
    /** Digest of the chart's files, from `chartDigest`. */
    readonly chartDigest: string;
    /** Version of the chart, from `chartVersion`; the helm provider tells no preview. */
    readonly chartVersion: string;
  };
  /**
   * How pods get their credential: from a mounted file, or from a Secret. A change replaces the pods
   * of both slots, one rolling update after the other.
   * @default a file called `password`
   */
  readonly delivery?: Delivery | undefined;
  readonly vault: {
    /** Name of the Key Vault, not its address. */
    readonly name: pulumi.Input<string>;
    readonly resourceGroupName: pulumi.Input<string>;
    /** Entra tenant of the identities. */
    readonly tenantId: pulumi.Input<string>;
  };
  readonly database: {
    /** Host name of the server, as in its certificate. */
    readonly host: pulumi.Input<string>;
    readonly port: number;
    /** Name of the database. */
    readonly name: string;
    /** Login of the server's administrator, as whom the provider connects. */
    readonly administrator: pulumi.Input<string>;
    /**
     * Its password; secret. With it a run locks out the holder of a slot's password before it changes
     * that slot's role.
     */
    readonly password: pulumi.Input<string>;
    /** Schema that contains only the rotator's two functions. */
    readonly rotatorSchema: pulumi.Input<string>;
    /**
     * Database that this schema is in.
     * @default `name`
     */
    readonly rotatorDatabase?: string | undefined;
  };
  readonly gateway: {
    /**
     * Address of the Application Gateway, public or private: the proofs connect to it with the
     * hosts' names.
     */
    readonly address: pulumi.Input<string>;
    /** The gateway's name for the certificate of all three hosts. */
    readonly certificateName: string;
  };
  /**
   * What the gateway asks the application's pods, and how.
   * @default what their readiness asks, answered with 200 to 399, with the host of the request
   */
  readonly probe?: {
    /** Path that says whether a pod is ready. */
    readonly path?: string | undefined;
    /** Another port of the pods, where readiness has its own, 1 to 65535. */
    readonly port?: number | undefined;
    /** Statuses, or ranges of them, that mean ready: `200-299`. */
    readonly statuses?: readonly string[] | undefined;
    /** Host name that pods see in place of the request's, where they know no other. */
    readonly backendHost?: string | undefined;
  };
  readonly hosts: Hosts;
  /**
   * One identity per secret: each slot's, the rotator's (`proofs`) and the retired credential's.
   */
  readonly identities: Readonly<Record<SlotName | "proofs" | "retired", IdentityReference>>;
  readonly proof: {
    /**
     * How the proofs recognize the right answer: `credential`, the application answers a nonce with
     * what only a holder of the slot's password can derive from it; `description`, it states who it
     * is, which a compromised pod can do as well; `status`, it answers, and who it is follows from
     * pods, sessions and the Ingress. Details in docs/adr/0042 and docs/adr/0051.
     * @default "credential"
     */
    readonly by?: ProofBy | undefined;
    /**
     * Path that the proofs ask for by `status`: it needs the database, and no login.
     * @default "/"
     */
    readonly path?: string | undefined;
    /**
     * Statuses of a right answer by `status`, 100 to 599. Redirects are not followed.
     * @default [200]
     */
    readonly statuses?: readonly number[] | undefined;
    /**
     * Consecutive answers that count as proof, 1 to 10000. The chance to miss one gateway instance in
     * ten that has not switched yet: 0.5 % with 50 answers, 0.003 % with 100.
     */
    readonly answers: number;
    /**
     * What the proofs connect to instead of the gateway, an address or a host name; for example Front
     * Door, if the gateway answers nothing else.
     * @default the gateway
     */
    readonly address?: string | undefined;
    /**
     * Certificate, as PEM, of the authority that signed the hosts' certificate.
     * @default the public ones
     */
    readonly authority?: string | undefined;
    /**
     * Seconds that a proof may take, 10 to 3600: a gateway update sometimes takes minutes.
     */
    readonly seconds: number;
    /** Seconds that a retired slot's pods and sessions may take to end on their own, 1 to 3600. */
    readonly drainSeconds: number;
  };
}

/** A strategy that is left. */
export interface LeftStrategy extends Pick<
  RotationEnvironment["release"],
  "shape" | "template" | "values"
> {
  readonly strategy: Strategy;
}

/** The environment of the pods that serve: of the strategy that is left, where one is. */
export function servingIn(environment: RotationEnvironment): RotationEnvironment {
  const { leaving, release } = environment;
  if (leaving === undefined) {
    return environment;
  }
  const { strategy, ...of } = leaving;
  return { ...environment, strategy, release: { ...release, ...of } };
}

/** Whether an environment is that of the strategy that is entered while another one is left. */
export function isEntered({ leaving, strategy = "blueGreen" }: RotationEnvironment): boolean {
  return leaving !== undefined && leaving.strategy !== strategy;
}

/** What tells who sent an answer. */
type Answers = {
  readonly release: Pick<RotationEnvironment["release"], "describe">;
  readonly proof: Pick<RotationEnvironment["proof"], "by">;
};

/** How the proofs recognize the right answer. */
export function proofBy({ proof }: Pick<Answers, "proof">): ProofBy {
  return proof.by ?? "credential";
}

/** What the proofs by `status` ask for, and which statuses are right. */
export function proofPath({ proof }: Pick<RotationEnvironment, "proof">): {
  readonly path: string;
  readonly statuses: readonly number[];
} {
  const { path = "/", statuses = [200] } = proof;
  return { path, statuses };
}

/** Whether answers describe their sender: on request, or because the proofs rely on it. */
export function isDescribed(environment: Answers): boolean {
  return environment.release.describe === true || proofBy(environment) === "description";
}
