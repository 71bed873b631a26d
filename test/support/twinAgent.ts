import { join } from "node:path";
import { Rig, type RigSettings } from "../../rehearsal/rig/rig";
import { type LanguageHost, serveLanguageHost } from "./languageHost";
import { type Ended, PipelineAgent } from "./pipelineAgent";

/**
 * An agent with the real CLI, whose cloud is the twin. What a Pulumi installation brings besides
 * the CLI is stood in for: the host for Node, which starts the SDK's own runner, and the script
 * that starts policy packs. The state is in a folder; there is no stack yet.
 */
export class TwinAgent {
  private constructor(
    readonly rig: Rig,
    readonly agent: PipelineAgent,
    private readonly host: LanguageHost,
    private readonly variables: NodeJS.ProcessEnv,
  ) {}

  static async start(settings: Pick<RigSettings, "watchProcesses"> = {}): Promise<TwinAgent> {
    const rig = await Rig.start({
      ...settings,
      providers: "twin",
      progress: () => undefined,
      signal: new AbortController().signal,
    });
    try {
      return await TwinAgent.on(rig);
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  private static async on(rig: Rig): Promise<TwinAgent> {
    const { order } = rig.workspace;
    const agent = await PipelineAgent.create(
      order.engineRoot ? [join(order.engineRoot, "bin")] : [],
    );
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    await agent.program("pulumi-analyzer-policy-nodejs", `exec node "${runner}" "$@"`);
    const host = await serveLanguageHost();
    return new TwinAgent(rig, agent, host, {
      ...order.variables,
      ...host.variables,
      PULUMI_HOME: order.pulumiHome,
      PULUMI_BACKEND_URL: `file://${await agent.directory("state")}`,
    });
  }

  /** Runs a script of the pipelines. */
  script(name: string, args: string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return this.agent.script(name, args, { ...this.variables, ...variables });
  }

  /** Runs lines of shell in the clone, up to the first that fails, and returns what they printed. */
  async shell(lines: string, variables: NodeJS.ProcessEnv = {}): Promise<string> {
    const all = { ...this.variables, ...variables };
    return succeeded(await this.agent.run("bash", ["-euo", "pipefail", "-c", lines], all)).stdout;
  }

  async close(): Promise<void> {
    await this.agent.close();
    this.host.close();
    await this.rig.close();
  }
}

/** @throws Error with all that was printed, unless it ended well */
export function succeeded(ended: Ended): Ended {
  if (ended.code !== 0) {
    throw new Error(`It ended with ${ended.code}:\n${ended.stdout}\n${ended.stderr}`);
  }
  return ended;
}
