import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "../../../components";
import { OperationLog } from "../../../rehearsal/up/operationLog";
import type { StateResource } from "../../../rehearsal/up/workspace";
import { TwinAgent } from "../../support/twinAgent";
import { type Cost, costOf } from "../cost";
import { receiveEvents } from "./events";
import type { ExportedResource } from "./script";
import type { Step } from "./waits";

/** What one `pulumi up` took and did. */
export interface Up extends Cost {
  readonly steps: readonly Step[];
}

/** The plan of a stack when it is deployed. */
export const DEPLOYED: Plan = { counter: 0, live: 0, retired: -1 };

/** A stack of this program on a twin of its own, without load, with the CLI as a person runs it. */
export class RotationStack {
  private constructor(
    readonly twin: TwinAgent,
    private readonly folder: string,
  ) {}

  /** Brings about {@link DEPLOYED}. */
  static async deploy(): Promise<RotationStack> {
    const twin = await TwinAgent.start({ watchProcesses: false });
    try {
      const stack = new RotationStack(twin, await twin.agent.directory("rotations"));
      await stack.shell("pulumi stack init rehearsal");
      await stack.up(DEPLOYED);
      return stack;
    } catch (error) {
      await twin.close();
      throw error;
    }
  }

  /** Providers of the twin, as PULUMI_DEBUG_PROVIDERS has them. */
  get providers(): string {
    return this.twin.rig.workspace.order.variables["PULUMI_DEBUG_PROVIDERS"]!;
  }

  /** Writes the plan into the configuration, which does not count, and runs `pulumi up`. */
  async up({ counter, live, retired }: Plan, providers = this.providers): Promise<Up> {
    const settings = Object.entries({ counter, live, retired });
    const plaintext = settings.map(([key, value]) => `--plaintext rotation:${key}=${value}`);
    await this.shell(`pulumi config set-all ${plaintext.join(" ")}`);
    const log = new OperationLog();
    const events = await receiveEvents((event) => log.take(event));
    try {
      const began = Date.now();
      const cost = await costOf({ folder: this.folder }, () =>
        this.shell(`pulumi up --yes --skip-preview --event-log ${events.address}`, {
          PULUMI_DEBUG_PROVIDERS: providers,
          // Without it the CLI does not know that option.
          PULUMI_DEBUG_COMMANDS: "true",
        }),
      );
      return {
        ...cost,
        steps: log.operations.map(({ at, urn, op, endedAt = at }) => ({
          urn,
          op,
          begin: (at - began) / 1000,
          end: (endedAt - began) / 1000,
        })),
      };
    } finally {
      events.close();
    }
  }

  /** Resources of the state, secrets in clear. */
  async exported(): Promise<readonly (ExportedResource & StateResource)[]> {
    const text = await this.shell("pulumi stack export --show-secrets");
    const { deployment } = JSON.parse(text) as {
      deployment: { resources: (ExportedResource & StateResource)[] };
    };
    return deployment.resources;
  }

  /** Bytes of the state file, and of all that the backend keeps of earlier runs. */
  async kept(): Promise<{ state: number; history: number }> {
    const of = (...path: string[]) => join(this.folder, ".pulumi", ...path, "rotation");
    const { size: state } = await stat(join(of("stacks"), "rehearsal.json"));
    return { state, history: (await sizeOf(of("history"))) + (await sizeOf(of("backups"))) };
  }

  close(): Promise<void> {
    return this.twin.close();
  }

  private shell(line: string, variables: NodeJS.ProcessEnv = {}): Promise<string> {
    return this.twin.shell(line, { PULUMI_BACKEND_URL: `file://${this.folder}`, ...variables });
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(
    async ({ name, parentPath }) => (await stat(join(parentPath, name))).size,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
