import { parseArgs } from "node:util";
import { circumstances, publish } from "../page";
import { againstScript } from "./againstScript";
import { manyRotations } from "./manyRotations";
import { rotationPage } from "./rotationPage";

/**
 * What a rotation costs: against a script that makes the same calls, and after many others. With
 * `--write` as the second part of docs/performance.md.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      /** Rotations by the engine, and as many by the script. */
      rounds: { type: "string", default: "5" },
      /** Rotations in a row. */
      rotations: { type: "string", default: "20" },
      write: { type: "boolean", default: false },
    },
  });
  const rounds = atLeast(1, "rounds", values.rounds);
  const inARow = atLeast(2, "rotations", values.rotations);
  const around = circumstances();
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  const comparison = await againstScript(rounds, progress);
  const rotations = await manyRotations(inARow, progress);
  await publish("rotations", rotationPage(comparison, rotations, around()), values.write);
}

function atLeast(least: number, option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`--${option} is a whole number of at least ${least}, not ${text}.`);
  }
  return value;
}

void main();
