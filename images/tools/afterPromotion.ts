import { answersInARow, readExpected, readQuestions } from "./answers.ts";
import { readMeans } from "./binding.ts";
import type { Facts } from "./evidence.ts";
import { Settings } from "./settings.ts";

/** Proves that whoever asks the production address now reaches the promoted slot. */
export async function afterPromotion(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const expected = readExpected(settings);
  const questions = readQuestions(settings, "PRODUCTION");
  const means = readMeans(settings);
  settings.check();

  return answersInARow(questions, expected, means);
}
