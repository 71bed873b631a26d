import type { Properties } from "../../plugin/provider";

/** A release whose inputs went through `check`, without marks. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly values: Properties;
  readonly atomic: boolean;
  readonly cleanupOnFail: boolean;
  readonly resetValues: boolean;
  readonly createNamespace: boolean;
  readonly skipAwait: boolean;
  readonly skipCrds: boolean;
  readonly waitForJobs: boolean;
  readonly disableHooks: { readonly install: boolean; readonly upgrade: boolean };
  readonly timeoutSeconds: number;
  /** 0 keeps all revisions. */
  readonly maxHistory: number;
}

/** What `Chart.yaml` says. */
export interface ChartMetadata {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
}

export interface Rendered {
  readonly chart: ChartMetadata;
  /** As helm printed it. */
  readonly manifest: string;
}

export type RevisionStatus =
  | "pending-install"
  | "pending-upgrade"
  | "pending-rollback"
  | "deployed"
  | "superseded"
  | "failed"
  | "uninstalling";

export interface Revision {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly status: RevisionStatus;
  readonly chart: ChartMetadata;
  readonly values: Properties;
  readonly manifest: string;
}
