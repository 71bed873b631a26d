import type * as pulumi from "@pulumi/pulumi";
import type { SlotName } from "../plan";

/** A user-assigned identity, as a SecretProviderClass names it. */
export interface IdentityReference {
  readonly clientId: pulumi.Input<string>;
}

/** Where a rotation happens: what the platform provides and the settings that no move changes. */
export interface RotationEnvironment {
  /** Short name of the application; roles, secrets, releases and the namespace are named after it. */
  readonly application: string;
  /** Namespace of the releases and the proofs. */
  readonly namespace: pulumi.Input<string>;
  /** Days after which a credential counts as expired. */
  readonly validityDays: number;
  readonly images: {
    /** The application of both slots. */
    readonly app: string;
    /** The proofs. */
    readonly tools: string;
  };
  readonly release: {
    /** Pods of an active slot. */
    readonly replicas: number;
    /** Connections of a pod's pool. */
    readonly poolSize: number;
    /** Seconds a pod goes on serving after it was told to end; above the gateway's own lag. */
    readonly preStopSeconds: number;
    /** Seconds that new pods have to become ready; a run that waits longer has failed. */
    readonly rolloutSeconds: number;
    /**
     * Folder of the chart of one slot, relative to the folder of Pulumi.yaml.
     * @default "./charts/app"
     */
    readonly chart?: string;
    /** Digest of the chart's files, from `chartDigest`. */
    readonly chartDigest: string;
  };
  readonly vault: {
    readonly name: pulumi.Input<string>;
    readonly resourceGroupName: pulumi.Input<string>;
    readonly tenantId: pulumi.Input<string>;
  };
  readonly database: {
    readonly host: pulumi.Input<string>;
    readonly port: number;
    readonly name: string;
    /** Login of the server's administrator, as whom the provider connects. */
    readonly administrator: pulumi.Input<string>;
    /** Schema that holds nothing but the two functions of the rotator. */
    readonly rotatorSchema: pulumi.Input<string>;
  };
  readonly gateway: {
    /** Public address of the Application Gateway. */
    readonly address: pulumi.Input<string>;
    /** Name that the gateway has for the certificate of all three hosts. */
    readonly certificateName: string;
  };
  readonly hosts: {
    readonly production: string;
    readonly blue: string;
    readonly green: string;
  };
  /** One identity per slot for its own secret, one for what only the proofs may read. */
  readonly identities: Readonly<Record<SlotName | "proofs", IdentityReference>>;
  readonly proof: {
    /** Answers in a row that count as proof. */
    readonly answers: number;
    /** Seconds that a proof may take: a gateway takes minutes to change now and then. */
    readonly seconds: number;
    /** Seconds that a retired slot's pods and sessions have to end by themselves. */
    readonly drainSeconds: number;
  };
}
