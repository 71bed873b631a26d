import assert from "node:assert";
import { kubeconfigOf } from "../../../operate/recovery/cluster";
import type { PulumiProject } from "../../../operate/state/pulumi";
import { exportState } from "../../../operate/state/state";
import type { Rig } from "../../rig/rig";

/** The rehearsal's stack, as the commands for the day after take it. */
export function projectOf({ engine, workspace }: Rig): PulumiProject {
  const { variables, workDir, pulumiHome } = workspace.order;
  return {
    command: engine.command.command,
    folder: workDir,
    stack: "rehearsal",
    environment: { ...process.env, ...variables, PULUMI_HOME: pulumiHome },
  };
}

/** The kubeconfig with which the program reaches its cluster. */
export async function kubeconfigIn(project: PulumiProject): Promise<string> {
  const kubeconfig = kubeconfigOf(await exportState(project, { secrets: true }));
  assert(kubeconfig, "The stack has no cluster.");
  return kubeconfig;
}
