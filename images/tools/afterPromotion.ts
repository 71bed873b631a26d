import { answersInARow, readQuestions } from "./answers.ts";
import type { Facts } from "./evidence.ts";
import { Settings } from "./settings.ts";

/** Proves that whoever asks the production address now reaches the promoted slot. */
export async function afterPromotion(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const expected = {
    slot: settings.slot("SLOT"),
    generation: settings.integer("GENERATION", 0),
    secretVersion: settings.secretVersion("SECRET_VERSION"),
    sessionUser: settings.text("ROLE"),
  };
  const questions = readQuestions(settings, "PRODUCTION");
  settings.check();

  return answersInARow(questions, expected);
}
