import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation";
import type { UpOrder, UpReport } from "./order";
import { program } from "./workspace";

function report(message: UpReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) {
      process.send?.(message, () => resolve());
    } else {
      resolve();
    }
  });
}

async function up({ workDir, engineRoot, pulumiHome, variables }: UpOrder): Promise<void> {
  const pulumiCommand = await PulumiCommand.get({
    skipVersionCheck: true,
    ...(engineRoot && { root: engineRoot }),
  });
  const stack = await LocalWorkspace.selectStack(
    { stackName: "rehearsal", projectName: "rotation", program },
    { workDir, pulumiHome, pulumiCommand, envVars: variables },
  );
  const printed = (text: string) => void report({ kind: "printed", text });
  await stack.up({
    color: "never",
    suppressProgress: true,
    onOutput: printed,
    onError: printed,
    onEvent: ({ resourcePreEvent, resOutputsEvent }) => {
      const event = resourcePreEvent ?? resOutputsEvent;
      if (event !== undefined) {
        const { op, urn } = event.metadata;
        const moment = resourcePreEvent === undefined ? "after" : "before";
        void report({ kind: "step", moment, urn, op });
      }
    },
  });
}

// Without its engine the program ends in rejections that nobody waits for.
process.on("unhandledRejection", () => undefined);
process.on("message", (order: UpOrder) => {
  void up(order)
    .then(
      () => report({ kind: "done" }),
      (error: Error) => report({ kind: "failed", text: error.message }),
    )
    .finally(() => process.exit());
});
process.on("disconnect", () => process.exit());
// Read beforehand, while nobody waits for it.
void import("../../infra/index");
