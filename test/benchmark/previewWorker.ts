import { appendFile, cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cpuTime } from "../../rehearsal/machine/processes";
import type { TwinAgent } from "../support/twinAgent";

/** What is previewed: an empty program, or this one as it is deployed or a rotation later. */
export type PreviewKind = "empty" | "unchecked" | "noChange" | "rotation";

/** An order to preview once. */
export interface PreviewOrder {
  readonly kind: PreviewKind;
  /** Folder of Node's compile cache; none when undefined. */
  readonly cache?: string;
  /** Folder that gets a profile of the program; none is made when undefined. */
  readonly profile?: string;
}

/** What one preview took. */
export interface PreviewCost {
  readonly seconds: number;
  /** CPU seconds of engine and program; those of the twin, which stands for the cloud, are in none. */
  readonly cpu: number;
  /** The most memory that the program had, in MB. */
  readonly peak: number;
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

  async preview({ kind, cache, profile }: PreviewOrder): Promise<PreviewCost> {
    const counter = COUNTER + (kind === "rotation" ? 1 : 0);
    await this.twin.shell(`pulumi config set rotation:counter ${counter}`);
    const folder = kind === "empty" || kind === "unchecked" ? this.folders[kind] : ".";
    const expected = kind === "noChange" ? "--expect-no-changes" : "";
    // The program is started by the host for Node, which is in this process.
    delete process.env["NODE_COMPILE_CACHE"];
    const peak = join(this.folders.empty, "peak");
    Object.assign(process.env, cache && { NODE_COMPILE_CACHE: cache }, {
      PEAK_MEMORY_FILE: peak,
      NODE_OPTIONS: [
        `--require "${join(__dirname, "peakMemory.cjs")}"`,
        ...(profile === undefined ? [] : [`--cpu-prof --cpu-prof-dir="${profile}"`]),
      ].join(" "),
    });
    const cpu = () => cpuTime(process.pid)!.ended;
    const [began, before] = [performance.now(), cpu()];
    await this.twin.shell(`cd ${folder} && pulumi preview ${expected}`);
    return {
      seconds: (performance.now() - began) / 1000,
      cpu: cpu() - before,
      peak: Number(await readFile(peak, "utf8")),
    };
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
