import { findEngine } from "../rehearsal/engine/engine";
import { LiveProgress } from "../rehearsal/progress/liveProgress";

const live = new LiveProgress(process.stderr);

/** `npm run engine`: makes sure that there is an engine, and says where it is. */
findEngine({
  progress: (line, share) =>
    share === undefined
      ? live.say(line)
      : live.tick({ step: line, stepSeconds: 0, load: undefined, ...share }),
})
  .finally(() => live.close())
  .then(
    ({ command, version, source }) =>
      console.log(`Pulumi ${version} (${source}): ${command.command}`),
    (error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
