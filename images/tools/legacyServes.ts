import { leadsTo } from "./afterPromotion.ts";
import { answersInARow, readQuestions } from "./answers.ts";
import type { Facts } from "./evidence.ts";
import { readCluster } from "./kubernetes.ts";
import { Settings } from "./settings.ts";
import { byStatusOfLegacy } from "./status.ts";

/**
 * Proves that production is left to an application that logs in with its legacy login: production leads
 * to its Service and answers, and no answer says that it comes from a slot. It is what the Ingress
 * says, not what the gateway does: such an application tells nobody who it is.
 */
export async function legacyServes(environment: NodeJS.ProcessEnv): Promise<Facts> {
  const settings = new Settings(environment);
  const questions = readQuestions(settings, "PRODUCTION");
  const path = settings.path("PROOF_PATH");
  const statuses = settings.statuses("PROOF_STATUS");
  const cluster = readCluster(settings);
  const ingress = settings.text("INGRESS");
  const service = settings.text("SERVICE");
  settings.check();

  const leads = () => leadsTo(cluster, { ingress, service, ...questions });
  await leads();
  const judge = byStatusOfLegacy({ by: "status", path, statuses });
  const answers = await answersInARow(questions, { slot: "legacy" }, judge);
  await leads();
  return { identity: "configuration", ingress, service, ...answers };
}
