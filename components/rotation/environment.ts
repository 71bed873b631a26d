import type * as pulumi from "@pulumi/pulumi";
import type { ProofBy, SlotName, Trial } from "../plan";

/** A user-assigned identity, as a SecretProviderClass names it. */
export interface IdentityReference {
  readonly clientId: pulumi.Input<string>;
}

/** Where a rotation happens: what the platform provides and the settings that no move changes. */
export interface RotationEnvironment {
  /**
   * Short name of the application, such as `app`: a small letter, then up to 11 small letters or
   * digits. Roles, secrets, releases and the namespace are named after it, so another name is another
   * application.
   */
  readonly application: string;
  /** Namespace of the releases and the proofs. */
  readonly namespace: pulumi.Input<string>;
  /** Days after which a credential counts as expired, 31 to 3650. */
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
    /** Connections of a pod's pool, 1 to 100. */
    readonly poolSize: number;
    /**
     * Connections that the server allows all of its users together, `max_connections`: 26 to 100000.
     * Each slot's role may have half of them but for a reserve, whatever the pods are.
     */
    readonly serverConnections: number;
    /**
     * Seconds a pod goes on serving after it was told to end, 1 to 600; above the gateway's own lag,
     * such as 90.
     */
    readonly preStopSeconds: number;
    /**
     * Least and most pods of the live slot, each 1 to 100; the autoscaler chooses. `replicas`, with
     * which a slot comes up, is one of them.
     * @default no autoscaler
     */
    readonly autoscaling?:
      { readonly minReplicas: number; readonly maxReplicas: number } | undefined;
    /**
     * Seconds that a new pod has to be ready before the rollout counts it, 0 to 300: two probes of the
     * gateway and a little, such as 15.
     */
    readonly minReadySeconds: number;
    /**
     * Whether a pod of changed settings has to prove itself before any that serves is replaced. `none`
     * is for applications of which two must not run; the first new pod's readiness is the proof then.
     */
    readonly trial: Trial;
    /**
     * Whether answers say to anybody which slot, generation, role and version gave them, for test
     * environments.
     * @default they say nothing of it, unless it is by what they say that the proofs judge them
     */
    readonly describe?: boolean | undefined;
    /** Digest of what makes a slot's pods, from `templateDigest`. */
    readonly template: string;
    /** Seconds that new pods have to become ready, 30 to 3600; a run that waits longer has failed. */
    readonly rolloutSeconds: number;
    /**
     * Folder of the chart of one slot, relative to the folder of Pulumi.yaml.
     * @default "./charts/app"
     */
    readonly chart?: string;
    /** Digest of the chart's files, from `chartDigest`. */
    readonly chartDigest: string;
    /** Version of the chart, from `chartVersion`; helm's provider tells it to no preview. */
    readonly chartVersion: string;
  };
  readonly vault: {
    /** Name of the Key Vault, not its address. */
    readonly name: pulumi.Input<string>;
    readonly resourceGroupName: pulumi.Input<string>;
    /** Entra tenant of the identities. */
    readonly tenantId: pulumi.Input<string>;
  };
  readonly database: {
    /** Host name of the server, which its certificate bears. */
    readonly host: pulumi.Input<string>;
    readonly port: number;
    /** Name of the database. */
    readonly name: string;
    /** Login of the server's administrator, as whom the provider connects. */
    readonly administrator: pulumi.Input<string>;
    /**
     * Its password; secret. With it a run shuts the holder of a slot's password out before it changes
     * that slot's role.
     */
    readonly password: pulumi.Input<string>;
    /** Schema that holds nothing but the two functions of the rotator. */
    readonly rotatorSchema: pulumi.Input<string>;
  };
  readonly gateway: {
    /** Address of the Application Gateway, public or not: the proofs ask it, by the hosts' names. */
    readonly address: pulumi.Input<string>;
    /** Name that the gateway has for the certificate of all three hosts. */
    readonly certificateName: string;
  };
  readonly hosts: {
    /** Host name of the application, such as `app.example.com`. */
    readonly production: string;
    /** Host name that always leads to the blue slot. */
    readonly blue: string;
    /** Host name that always leads to the green slot. */
    readonly green: string;
  };
  /**
   * One identity per secret: that of each slot, that of the rotator (`proofs`) and the retired
   * credential.
   */
  readonly identities: Readonly<Record<SlotName | "proofs" | "retired", IdentityReference>>;
  readonly proof: {
    /**
     * By what the proofs know the right answer: `credential`, the application answers a nonce with
     * what only a holder of the slot's password can make of it; `description`, it says who it is, which
     * a pod that was taken over can say as well. docs/adr/0042 has the details.
     * @default "credential"
     */
    readonly by?: ProofBy | undefined;
    /**
     * Answers in a row that count as proof, 1 to 10000. So many miss one instance of ten that has not
     * heard of the switch: 50 in 0.5 % of all cases, 100 in 0.003 %.
     */
    readonly answers: number;
    /**
     * What the proofs ask instead of the gateway, an address or a host name: Front Door, say, where
     * the gateway answers nobody else.
     * @default the gateway
     */
    readonly address?: string | undefined;
    /**
     * Certificate, as PEM, of the authority that has signed the hosts' certificate.
     * @default the public ones
     */
    readonly authority?: string | undefined;
    /**
     * Seconds that a proof may take, 10 to 3600: a gateway takes minutes to change now and then.
     */
    readonly seconds: number;
    /** Seconds that a retired slot's pods and sessions have to end by themselves, 1 to 3600. */
    readonly drainSeconds: number;
  };
}

/** What says whose an answer is. */
type Answers = {
  readonly release: Pick<RotationEnvironment["release"], "describe">;
  readonly proof: Pick<RotationEnvironment["proof"], "by">;
};

/** By what the proofs know the right answer. */
export function proofBy({ proof }: Pick<Answers, "proof">): ProofBy {
  return proof.by ?? "credential";
}

/** Whether answers describe who gives them: asked for, or what the proofs go by. */
export function isDescribed(environment: Answers): boolean {
  return environment.release.describe === true || proofBy(environment) === "description";
}
