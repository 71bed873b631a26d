import { explain } from "../../rehearsal/up/explain";
import { EXIT, type ExitCode } from "../exit";

/**
 * Runs what Ctrl-C and SIGTERM may interrupt; it cleans up then. What the engine refuses is told
 * without the list of all that went well before.
 */
export async function interruptible(
  say: (text: string) => void,
  run: (signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      say("interrupted, cleaning up");
      interrupted.abort();
    });
  }
  try {
    return await run(interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) {
      return EXIT.interrupted;
    }
    throw new Error(explain(error), { cause: error });
  }
}
