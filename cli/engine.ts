import { findEngine } from "../rehearsal/engine/engine";

/** `npm run engine`: makes sure that there is an engine, and says where it is. */
findEngine({ progress: (line) => console.error(line) }).then(
  ({ command, version, source }) =>
    console.log(`Pulumi ${version} (${source}): ${command.command}`),
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
