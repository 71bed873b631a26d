import assert from "node:assert";
import { kubeconfigOf } from "../../../operate/recovery/cluster";
import type { OwnHosts } from "../../../components";
import type { PulumiProject } from "../../../operate/state/pulumi";
import { exportState } from "../../../operate/state/state";
import { readOwnHosts } from "../../../operate/status/stackState";
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

/** Where the stack's settings say that somebody may log in for it. */
export function ownHostsOf({ folder, stack }: PulumiProject): Promise<OwnHosts> {
  return readOwnHosts({ stack, cwd: folder });
}
