import { appendFile, cp, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TwinAgent } from "../support/twinAgent";
import { type Cost, costOf, type CostSettings } from "./cost";

/** What is previewed: an empty program, or this one as it is deployed or a rotation later. */
export type PreviewKind = "empty" | "unchecked" | "noChange" | "rotation";

/** An order to preview once. */
export interface PreviewOrder extends Pick<CostSettings, "cache" | "profile"> {
  readonly kind: PreviewKind;
}

const EMPTY = {
  "Pulumi.yaml": "name: empty\nruntime: nodejs\nmain: index.ts\n",
  "index.ts":
    'import * as pulumi from "@pulumi/pulumi";\nexport const stack = pulumi.getStack();\n',
};
const COUNTER = 7;

/** Previews of one checkout of this repository, with a twin of its own, deployed once. */
class Previews {
  private readonly folders = { empty: "", unchecked: "" };

  private constructor(private readonly twin: TwinAgent) {}

  /** @param checkout folder; of another commit it brings its own twin along */
  static async of(checkout: string): Promise<Previews> {
    const { TwinAgent: Agent } = (await import(join(checkout, "test/support/twinAgent"))) as {
      TwinAgent: { start(settings: object): Promise<TwinAgent> };
    };
    // Watching processes costs time, too, which is none of a preview's.
    const previews = new Previews(await Agent.start({ watchProcesses: false }));
    await previews.prepare();
    return previews;
  }

  private async prepare(): Promise<void> {
    const { agent } = this.twin;
    const settings = `  rotation:counter: ${COUNTER}\n  rotation:retired: ${COUNTER - 1}\n`;
    await appendFile(agent.path("stacks/Pulumi.rehearsal.yaml"), settings);
    await this.twin.shell("pulumi stack init rehearsal && pulumi up --yes --skip-preview");
    for (const kind of ["empty", "unchecked"] as const) {
      const folder = await agent.directory(kind);
      for (const [name, text] of Object.entries(EMPTY)) {
        await writeFile(join(folder, name), text.replace("name: empty", `name: ${kind}`));
      }
      await symlink(agent.path("node_modules"), join(folder, "node_modules"));
      await this.twin.shell(`cd ${folder} && pulumi stack init ${kind}`);
      this.folders[kind] = folder;
    }
    // Without this file ts-node checks the types, as in a project of `pulumi new`.
    await cp(agent.path("tsconfig.json"), join(this.folders.unchecked, "tsconfig.json"));
  }

  async preview({ kind, ...settings }: PreviewOrder): Promise<Cost> {
    const counter = COUNTER + (kind === "rotation" ? 1 : 0);
    await this.twin.shell(`pulumi config set rotation:counter ${counter}`);
    const folder = kind === "empty" || kind === "unchecked" ? this.folders[kind] : ".";
    const expected = kind === "noChange" ? "--expect-no-changes" : "";
    return costOf({ ...settings, folder: this.folders.empty }, () =>
      this.twin.shell(`cd ${folder} && pulumi preview ${expected}`),
    );
  }

  close(): Promise<void> {
    return this.twin.close();
  }
}

/** Previews what its parent orders, until that one ends the conversation. */
async function main(checkout: string): Promise<void> {
  const previews = await Previews.of(checkout);
  process.on("message", (order: PreviewOrder) => {
    void previews.preview(order).then((cost) => process.send!(cost));
  });
  process.on("disconnect", () => void previews.close());
  process.send!("ready");
}

void main(process.argv[2]!);
