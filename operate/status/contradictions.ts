import { objectsOf, refusesLogin, type SecretFacts, type SlotFacts } from "../../components/facts";
import {
  namesOf,
  type Plan,
  rotationPlan,
  servingAt,
  type SlotName,
  SLOTS,
} from "../../components/plan";
import type { Disagreement, Evidence } from "./evidence";
import { generationOf } from "./reconstruction";

/**
 * Facts that do not agree with one another, and with the plan where one is in force. Changes by
 * hand of what a move builds on are found elsewhere.
 */
export function contradictions(evidence: Evidence, plan: Plan | undefined): Disagreement[] {
  const states = plan && rotationPlan(plan).slots;
  return [
    ...answers(evidence, plan),
    ...SLOTS.flatMap((slot) => {
      const facts = evidence.facts.slots[slot];
      return [
        ...generations(slot, facts, states?.[slot].generation, evidence),
        ...mounts(slot, facts, evidence),
        ...sessions(slot, facts, evidence),
        ...(states?.[slot].state === "retired"
          ? shut(slot, facts, evidence)
          : [...expiry(slot, facts, evidence), ...refused(slot, facts, plan, evidence)]),
      ];
    }),
  ];
}

/** The first status that says that something went wrong. */
const FIRST_ERROR = 400;
const UP = "`pulumi up` without a change of the plan";

/** Who answers, compared with the Ingress's route and the plan. */
function answers(evidence: Evidence, plan: Plan | undefined): Disagreement[] {
  const { production, routes } = evidence.facts;
  if (production === undefined) {
    return [];
  }
  const { generation, slot, status } = production;
  if (generation === undefined && status < FIRST_ERROR) {
    // It does not identify itself to everybody; only the proof after promotion knows.
    return [];
  }
  if (generation === undefined) {
    return [
      {
        found: `Production returns status ${status}, not an answer of the application.`,
        expected: "an answer from the live slot.",
        help: "check the gateway's backend health and the pods: `unhealthy-hosts` in docs/runbook.md",
      },
    ];
  }
  const routed = routes?.production;
  const disagreements: Disagreement[] = [];
  if (
    routed !== undefined &&
    SLOTS.some((name) => name === slot && routed !== objectsOf(evidence)[name].service.name)
  ) {
    disagreements.push({
      found: `Production is answered by the ${slot} slot, but the Ingress routes to ${routed}.`,
      expected: "the same slot, once the gateway has followed.",
      help: "run this again in a minute; then check the ingress controller's log",
    });
  }
  if (plan !== undefined && plan.live !== generation) {
    disagreements.push({
      found: `Production is answered by generation ${generation}.`,
      expected: `generation ${plan.live}, which is live.`,
      help:
        "run this again in a minute; then check the gateway's backend health and the ingress " +
        "controller's log: `unhealthy-hosts` in docs/runbook.md",
    });
  }
  return disagreements;
}

/** Vault and pods, compared with each other and the plan. */
function generations(
  slot: SlotName,
  facts: SlotFacts,
  planned: number | undefined,
  evidence: Evidence,
): Disagreement[] {
  const { application } = evidence;
  const generation = generationOf(facts);
  const { release } = facts;
  const disagreements: Disagreement[] = [];
  if (planned !== undefined && generation !== undefined && generation !== planned) {
    disagreements.push({
      found:
        `The newest credential in ${namesOf(application).slot(slot).secret} is from generation ` +
        `${generation}.`,
      expected: `generation ${planned}.`,
      help: `${UP}; if that reports no changes, something else wrote to the vault: docs/runbook.md`,
    });
  }
  const running = release && release.replicas > 0 ? release.generation : undefined;
  if (running !== undefined && generation !== undefined && running !== generation) {
    disagreements.push({
      found:
        `The pods of ${objectsOf(evidence)[slot].deployment} are from generation ${running}, ` +
        `but its newest credential is from generation ${generation}.`,
      expected: "the same generation.",
      help: "finish the run that stopped in between",
    });
  }
  return disagreements;
}

/** What pods have mounted, compared with what their release is pinned to. */
function mounts(slot: SlotName, { release }: SlotFacts, evidence: Evidence): Disagreement[] {
  const { deployment } = objectsOf(evidence)[slot];
  const others = release?.mounted.filter((version) => version !== release.pinned) ?? [];
  return !release || others.length === 0 || release.replicas === 0
    ? []
    : [
        {
          found: `Pods of ${deployment} have mounted ${others.join(", ")}.`,
          expected: `${release.pinned}, which the release is pinned to.`,
          help:
            `kubectl rollout status deployment/${deployment}, and ` +
            "run this again when it finishes",
        },
      ];
}

function sessions(slot: SlotName, { role }: SlotFacts, { application }: Evidence): Disagreement[] {
  return !role || role.canLogin || role.sessions === 0
    ? []
    : [
        {
          found:
            `The role ${namesOf(application).slot(slot).role} cannot log in but has ` +
            `${role.sessions} sessions.`,
          expected: "none.",
          help: "`retired-sessions` in docs/runbook.md",
        },
      ];
}

/**
 * The newest version, and those of the same generation: Azure may answer a PUT that only disables a
 * secret with a new version that is disabled, and leave the one that pods had.
 */
function ofNewestGeneration([newest, ...others]: readonly SecretFacts[] = []): SecretFacts[] {
  return newest === undefined
    ? []
    : [
        newest,
        ...others.filter(
          ({ generation }) => generation !== undefined && generation === newest.generation,
        ),
      ];
}

/** A retired slot: nothing in it should be usable. */
function shut(slot: SlotName, { release, secrets }: SlotFacts, evidence: Evidence): Disagreement[] {
  const { application, vault } = evidence;
  const { deployment } = objectsOf(evidence)[slot];
  const secret = namesOf(application).slot(slot).secret;
  const disagreements: Disagreement[] = ofNewestGeneration(secrets)
    .filter(({ enabled }) => enabled)
    .map(({ version }) => ({
      found: `The ${version === secrets?.[0]?.version ? "newest " : ""}version ${version} of ${secret} is enabled.`,
      expected: "disabled, because its generation is retired.",
      help: `az keyvault secret set-attributes --vault-name ${vault} --name ${secret} --version ${version} --enabled false`,
    }));
  if (release && release.replicas > 0) {
    disagreements.push({
      found: `The Deployment ${deployment} has ${release.replicas} pods.`,
      expected: "none, because its generation is retired.",
      help: `kubectl scale deployment/${deployment} --replicas 0`,
    });
  }
  return disagreements;
}

function expiry(slot: SlotName, { secrets }: SlotFacts, { application, now }: Evidence) {
  const newest = secrets?.[0];
  return newest?.expires === undefined || Date.parse(newest.expires) > now.getTime()
    ? []
    : [
        {
          found: `The credential in ${namesOf(application).slot(slot).secret} expired on ${newest.expires}.`,
          expected: "a rotation before that.",
          help: "rotate; an expiry by itself stops nothing",
        },
      ];
}

/** A credential that should log in but does not; for the live slot that is found elsewhere. */
function refused(
  slot: SlotName,
  { login, role }: SlotFacts,
  plan: Plan | undefined,
  { application }: Evidence,
): Disagreement[] {
  const isLive = plan && servingAt(plan.live) === slot;
  return isLive || login === undefined || login.sqlstate === "" || refusesLogin(role)
    ? []
    : [
        {
          found:
            `A login as ${namesOf(application).slot(slot).role} with version ${login.version} of ` +
            `its secret was refused (${login.sqlstate}).`,
          expected: "a successful login.",
          help: "rotate: the slot gets a new password; or finish the run that stopped there",
        },
      ];
}
