import { Resolver } from "node:dns/promises";
import { DefaultAzureCredential } from "@azure/identity";
import { armTemplate } from "../../export/armTemplate";
import { programResources, runnersSubscription } from "../../export/programResources";
import { Arm, cloudAddresses } from "../../operate/preflight/arm";
import type { Finding } from "../../operate/preflight/finding";
import { whoIsLoggedIn } from "../../operate/preflight/login";
import { Planned } from "../../operate/preflight/planned";
import { CHECKS, preflight as findingsOf } from "../../operate/preflight/preflight";
import { preflightReport } from "../../operate/preflight/report";
import { preflightSettings } from "../../operate/preflight/settings";
import { Web } from "../../operate/preflight/web";
import { whatIfChecks } from "../../operate/preflight/whatIf";
import { stackName } from "../../operate/state/stack";
import { exportState, type State } from "../../operate/state/state";
import { EXIT, type ExitCode } from "../exit";
import { isOnlyJson, PROJECT, writeJson } from "../options";

interface Options {
  readonly stack: string;
  readonly pulumi: string;
  readonly json?: string;
  readonly whatIf?: true;
}

export async function preflight(options: Options): Promise<ExitCode> {
  // The program runs only for its resources; its messages are about a run that does not happen.
  console.log = () => undefined;
  const stack = stackName(options.stack);
  const settings = await preflightSettings({ stack, cwd: PROJECT });
  const web = new Web(new DefaultAzureCredential());
  const cloud = await cloudAddresses(web, process.env["ARM_METADATA_HOSTNAME"]);
  const login = await whoIsLoggedIn(web, cloud, process.env);
  const subscriptionId = runnersSubscription(stack) ?? login.subscriptionId;
  const [program, { state, missing }] = await Promise.all([
    programResources(stack, { ...login, subscriptionId }),
    readState(options),
  ]);
  const planned = Planned.of(program, state);
  const resolver = new Resolver();
  const checks = options.whatIf
    ? [...CHECKS, ...whatIfChecks(armTemplate(planned.group, planned.resources))]
    : CHECKS;
  const findings = await findingsOf(
    {
      stack,
      planned,
      settings,
      login,
      web,
      cloud,
      arm: new Arm(web, cloud),
      resolve: (host) => resolver.resolve4(host),
      now: new Date(),
    },
    checks,
  );
  await writeJson(options.json, {
    stack: options.stack,
    subscription: planned.subscriptionId,
    findings,
    ...(missing !== undefined && { missing }),
  });
  if (!isOnlyJson(options.json)) {
    const reason = missing === undefined ? "" : `No state: ${missing}\n\n`;
    process.stdout.write(reason + preflightReport(options.stack, findings));
  }
  return exitCode(findings);
}

/** The state tells what already exists; before the first `up` there is none. */
async function readState({ stack, pulumi }: Options): Promise<{ state?: State; missing?: string }> {
  const project = { command: pulumi, folder: PROJECT, stack, environment: process.env };
  try {
    return { state: await exportState(project, { secrets: false }) };
  } catch (error) {
    const [line = ""] = (error as Error).message.split("\n").slice(-1);
    return { missing: line.replace(/^error: /, "") };
  }
}

function exitCode(findings: readonly Finding[]): ExitCode {
  const are = (state: Finding["state"]) => findings.some((finding) => finding.state === state);
  return are("wrong") ? EXIT.amiss : are("could not ask") ? EXIT.unjudged : EXIT.ok;
}
