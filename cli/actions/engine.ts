import { findEngine } from "../../rehearsal/engine/engine";
import type { Share } from "../../rehearsal/progress/reporting";
import { EXIT, type ExitCode } from "../exit";
import { LiveProgress } from "../liveProgress";

export async function engine({ quiet }: { quiet?: true }): Promise<ExitCode> {
  const live = new LiveProgress(process.stderr);
  const progress = (line: string, share?: Share) =>
    share === undefined
      ? live.say(line)
      : live.tick({ step: line, stepSeconds: 0, load: undefined, ...share });
  try {
    const { command, version, source } = await findEngine(quiet ? {} : { progress });
    live.close();
    process.stdout.write(`Pulumi ${version} (${source}): ${command.command}\n`);
    return EXIT.ok;
  } catch (error) {
    live.close();
    process.stderr.write(`${(error as Error).message}\n`);
    return EXIT.amiss;
  }
}
