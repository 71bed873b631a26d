/** What a process needs to work on the rehearsal's stack. */
export interface UpOrder {
  readonly workDir: string;
  /** Folder that has the engine as `bin/pulumi`; the one on PATH when not given. */
  readonly engineRoot?: string;
  readonly pulumiHome: string;
  readonly variables: Record<string, string>;
}

/** What it says meanwhile. */
export type UpReport =
  | { readonly kind: "step"; readonly moment: "before" | "after"; readonly urn: string; op: string }
  | { readonly kind: "printed"; readonly text: string }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly text: string };
