import type { SlotShapes } from "../chart";
import type { PodSecurity } from "../chart";

/** What an application has to do with a namespace of another team. */
export interface PlaceNeeds {
  /** Short name of the application. */
  readonly application: string;
  readonly namespace: string;
  /** What the slots' pods fit. */
  readonly podSecurity: PodSecurity;
  readonly hosts: Readonly<Partial<Record<HostKey, string>>>;
  /** The objects of both slots' releases. */
  readonly slots: SlotShapes;
  /** Ingress that is taken over; undefined where one is made. */
  readonly ingress: string | undefined;
  /** What AGIC is told of the three hosts. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Service that production leads to before the stack has it. */
  readonly legacyService?: { readonly name: string; readonly port: number } | undefined;
  /** Whether that Service may have the traffic before or after the run. */
  readonly legacyServes: boolean;
  /** Whether no run of the stack has completed: then nothing of its names is its own. */
  readonly isFirst: boolean;
  /** Whole name of the stack. */
  readonly stack: string;
}

/** Hosts, by the configuration key that names them. */
export type HostKey = "productionHost" | "stageBlueHost" | "stageGreenHost";

/** An object, as far as it is looked at. */
export interface Found {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export interface FoundNamespace extends Found {
  readonly status?: { readonly phase?: string };
}

export interface FoundIngress extends Found {
  readonly spec?: {
    readonly ingressClassName?: string;
    readonly tls?: readonly { readonly secretName?: string }[];
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths: readonly { readonly path?: string }[] };
    }[];
  };
}

export interface FoundService extends Found {
  readonly spec?: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port: number }[];
  };
}

interface FoundProbe {
  readonly httpGet?: { readonly path?: string; readonly port?: number | string };
}

export interface FoundPod extends Found {
  readonly spec?: {
    readonly containers: readonly {
      readonly readinessProbe?: FoundProbe;
      readonly livenessProbe?: FoundProbe;
    }[];
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** What a cluster says of a namespace; undefined where it was not asked, or does not say. */
export interface PlaceAnswers {
  /** Null where there is none. */
  readonly namespace?: FoundNamespace | null | undefined;
  /** Of the whole cluster. */
  readonly ingresses?: readonly FoundIngress[] | undefined;
  /** Null where there is none. */
  readonly service?: FoundService | null | undefined;
  /** Pods behind that Service. */
  readonly pods?: readonly FoundPod[] | undefined;
  readonly policies?: readonly Found[] | undefined;
  readonly accounts?: readonly Found[] | undefined;
  readonly classes?: readonly Found[] | undefined;
  /** Revisions of Helm. */
  readonly revisions?: readonly Found[] | undefined;
}
