import type { Facts, SlotFacts } from "../../components/facts";
import { listWays, type SlotName, SLOTS } from "../../components/plan";
import { type Diagnosis, inOrder } from "./diagnosis";

/** The diagnosis in words. */
export function statusReport(stack: string, diagnosis: Diagnosis, facts: Facts): string {
  const { configuration, disagreements, moves, summary } = diagnosis;
  const lines = [`Stack ${stack}. ${summary.join(" ")}`, ""];
  for (const slot of inOrder(diagnosis)) {
    lines.push(slotLine(slot, diagnosis, facts.slots[slot]));
  }
  if (facts.legacy) {
    const { canLogin, sessions } = facts.legacy;
    lines.push(`  legacy login: ${canLogin ? "can" : "cannot"} log in, ${sessions} sessions.`);
  }
  lines.push(`  ${routesLine(facts)}`, "");
  for (const { place, why } of facts.unseen) {
    lines.push(`The ${place} could not be read: ${why}`);
  }
  lines.push(disagreements.length === 0 ? "Nothing disagrees." : "What does not agree:");
  for (const { expected, found, help } of disagreements) {
    lines.push(`  ${found} Expected: ${expected}`, `    to fix: ${help}`);
  }
  if (configuration !== undefined) {
    lines.push("", "The configuration that fits:", `  ${configuration}`);
  }
  if (moves.length > 0) {
    const ways = new Map(moves.map(({ move, plan }) => [move, plan]));
    const strategy = SLOTS.some((slot) => facts.slots[slot].holders !== undefined)
      ? "rolling"
      : "blueGreen";
    lines.push("", "What the next `up` may do:", listWays(ways, strategy));
  }
  return `${lines.join("\n")}\n`;
}

function slotLine(slot: SlotName, { slots }: Diagnosis, facts: SlotFacts): string {
  const { generation, state } = slots[slot];
  const { login, role, secrets } = facts;
  const newest = secrets?.[0];
  const parts = [
    role === undefined
      ? "role not read"
      : role === null
        ? "no role"
        : `role ${role.canLogin ? "can" : "cannot"} log in, ${role.sessions} sessions`,
    login === undefined
      ? "no login tried"
      : login.sqlstate === ""
        ? "its credential logs in"
        : `its credential is refused with ${login.sqlstate}`,
    secrets === undefined
      ? "secret not read"
      : newest === undefined
        ? "no secret"
        : `secret ${newest.version} ${newest.enabled ? "enabled" : "disabled"}` +
          (newest.expires === undefined ? "" : `, expires ${newest.expires.slice(0, 10)}`) +
          `, ${secrets.length} versions`,
    ...podParts(facts),
  ];
  return `  ${slot} (generation ${generation ?? "unknown"}, ${state}): ${parts.join("; ")}.`;
}

/** Pods of a slot's release; where both slots have one, how many of its pods hold this slot's credential. */
function podParts({ holders, release }: SlotFacts): string[] {
  const held =
    holders === undefined ? [] : [holders === 1 ? "1 pod holds it" : `${holders} pods hold it`];
  if (release) {
    const { mounted, ready, replicas } = release;
    const versions = mounted.length > 0 ? `, mounted ${mounted.join(", ")}` : "";
    return [...held, `${ready} of ${replicas} pods ready${versions}`];
  }
  return release === null ? ["no release"] : held.length > 0 ? held : ["release not read"];
}

function routesLine({ production, routes }: Facts): string {
  const led = routes === undefined ? "not seen" : (routes.production ?? "nothing");
  const answer =
    production === undefined
      ? "no answer seen"
      : production.generation === undefined
        ? `status ${production.status}`
        : `answered by ${production.slot}, generation ${production.generation}, secret ${production.secretVersion}`;
  return `production routes to ${led}; ${answer}.`;
}
