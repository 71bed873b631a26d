import assert from "node:assert";
import { DefaultAzureCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { type Connections, otherSlot, type Plan, type SlotName, slotOf } from "../../components";
import { deployerRoles, VAULT_ADMINISTRATOR } from "../rig/deployerRoles";
import { PRODUCTION_HOST } from "../rig/stackFile";
import type { KubeObject } from "../../twin/kubernetes/api/objects";
import type { Scenario } from "./stack/scenario";
import { requestsSince, type ScenarioStack, previous } from "./stack/scenarioStack";

/** One change past the program, and what the refused move says of it. */
interface Tampering {
  readonly change: (hand: Hand) => Promise<unknown>;
  readonly putRight: (hand: Hand) => Promise<unknown>;
  readonly texts: (hand: Hand) => readonly RegExp[];
}

/** While one of these lasts, no new connection of the live slot is possible. */
const OUTAGES: readonly Tampering[] = [
  {
    change: ({ stack, role }) => stack.sql(`ALTER ROLE ${role} PASSWORD 'set by hand'`),
    putRight: ({ stack, role, verifier }) => stack.sql(`ALTER ROLE ${role} PASSWORD '${verifier}'`),
    texts: ({ live, role, version }) => [
      new RegExp(
        `A login as ${role} with version ${version} of its secret was refused \\(28P01\\)`,
      ),
      new RegExp(
        `endswith\\("::rotation-${live}-role"\\).*"ALTER ROLE ${role} PASSWORD .*\\| psql`,
      ),
    ],
  },
  {
    change: ({ stack, role }) => stack.sql(`ALTER ROLE ${role} NOLOGIN`),
    putRight: ({ stack, role }) => stack.sql(`ALTER ROLE ${role} LOGIN`),
    texts: ({ role }) => [
      new RegExp(`The role ${role} cannot log in`),
      new RegExp(`ALTER ROLE "${role}" LOGIN`),
      /pulumi config set rotation:accept login/,
    ],
  },
];

const CHANGES: readonly Tampering[] = [
  {
    change: ({ stack, otherRole }) => stack.sql(`ALTER ROLE ${otherRole} NOLOGIN`),
    putRight: ({ stack, otherRole }) => stack.sql(`ALTER ROLE ${otherRole} LOGIN`),
    texts: ({ otherRole }) => [new RegExp(`The role ${otherRole} cannot log in`)],
  },
  {
    change: ({ stack, otherRole }) =>
      stack.sql(`ALTER ROLE ${otherRole} VALID UNTIL '2025-01-01' CONNECTION LIMIT 0`),
    putRight: ({ connections, stack, otherRole }) =>
      stack.sql(`ALTER ROLE ${otherRole} VALID UNTIL 'infinity' CONNECTION LIMIT ${connections}`),
    texts: ({ connections, otherRole }) => [
      new RegExp(`${otherRole} has a password that expires at 2025-01-01T00:00:00Z`),
      new RegExp(`ALTER ROLE ${otherRole} VALID UNTIL 'infinity'`),
      new RegExp(`ALTER ROLE ${otherRole} CONNECTION LIMIT ${connections}`),
    ],
  },
  {
    change: ({ stack, otherRole, role }) =>
      stack.sql(`CREATE ROLE reporting; GRANT reporting TO ${role}, ${otherRole}`),
    // As the text says: both slots have it then, and no run takes it away.
    putRight: ({ stack, otherRole, role }) =>
      stack.sql(`GRANT reporting TO app_rw; REVOKE reporting FROM ${role}, ${otherRole}`),
    texts: ({ otherRole, role }) =>
      [role, otherRole].flatMap((name) => [
        new RegExp(`The role ${name} is a member of reporting\\.`),
        new RegExp(`GRANT reporting TO app_rw; REVOKE reporting FROM ${name}`),
      ]),
  },
  {
    change: async (hand) => {
      const { value } = await hand.stack.rig.slotCredential(hand.live);
      await hand.secrets.setSecret(`app-${hand.live}`, value);
    },
    putRight: async ({ live, secrets, stack }) => {
      const { version } = await stack.rig.slotCredential(live);
      await secrets.updateSecretProperties(`app-${live}`, version, { enabled: false });
    },
    texts: ({ live }) => [
      new RegExp(
        `The vault secret app-${live} has a newer version [0-9a-f]{32}, which no run created`,
      ),
      new RegExp(`set-attributes .*--name app-${live} .*--enabled false`),
    ],
  },
  {
    change: ({ live, secrets, version }) =>
      secrets.updateSecretProperties(`app-${live}`, version, { enabled: false }),
    putRight: ({ live, secrets, version }) =>
      secrets.updateSecretProperties(`app-${live}`, version, { enabled: true }),
    texts: ({ version }) => [
      new RegExp(`Version ${version} of the vault secret app-\\w+ is disabled`),
      new RegExp(`--version ${version} --enabled true`),
    ],
  },
  {
    change: ({ other, stack }) => stack.route(PRODUCTION_HOST, other),
    putRight: ({ live, stack }) => stack.route(PRODUCTION_HOST, live),
    texts: ({ live, other }) => [
      new RegExp(`The Ingress app routes production to app-${other}. Expected: app-${live}`),
      /kubectl --namespace app patch ingress app/,
    ],
  },
  {
    change: (hand) => hand.scale(hand.live, 1),
    putRight: (hand) => hand.scale(hand.live, 2),
    texts: ({ live }) => [
      new RegExp(`The live release app-${live} is scaled to 1 pods`),
      new RegExp(`scale deployment/app-${live} --replicas 2`),
    ],
  },
];

/** What a roll back builds on: the slot that it leads to. */
const STANDBY: Tampering = {
  change: (hand) => hand.scale(hand.other, 1),
  putRight: (hand) => hand.scale(hand.other, 2),
  texts: ({ other }) => [
    new RegExp(`The standby release app-${other} is scaled to 1 pods`),
    new RegExp(`scale deployment/app-${other} --replicas 2`),
  ],
};

export const changedByHand: Scenario = {
  name: "changed-by-hand",
  line: "each manual change is named and stops the next move; once reverted, the move works",
  async run(stack) {
    await previous(stack);
    const { deployerId } = stack.rig;
    // The program itself reads secrets, and writes none past Azure Resource Manager.
    await stack.rig.twin.call("assign", [...deployerRoles(deployerId), VAULT_ADMINISTRATOR]);
    try {
      await changeEverything(stack);
    } finally {
      await stack.rig.twin.call("assign", deployerRoles(deployerId));
    }
    await retiredRoleOpened(stack);
    await stack.assertInForce();
  },
};

async function changeEverything(stack: ScenarioStack): Promise<void> {
  const hand = await Hand.of(stack);
  const { counter, retired } = stack.plan;
  const rotate = stack.rotated;
  const rollBack = { counter, live: counter - 1, retired };
  const stops = async ({ change, putRight, texts }: Tampering, plan: Plan) => {
    await change(hand);
    try {
      await stack.assertRefused(
        plan,
        /Something is not as the last completed run left it/,
        ...texts(hand),
      );
    } finally {
      await putRight(hand);
    }
  };
  for (const change of CHANGES) {
    await stops(change, rotate);
  }
  await stops(STANDBY, rollBack);
  // What is accepted by name goes through, and so do the ways out: the emergency of somebody who shut a
  // leaked role, and a roll back to the slot that is whole.
  const begin = stack.rig.load.mark();
  for (const change of OUTAGES) {
    await stops(change, rotate);
  }
  await OUTAGES[1]!.change(hand);
  try {
    await stack.preview({ counter: counter + 1, live: counter + 1, retired: counter });
    await stack.preview(rollBack);
    await stack.rig.workspace.set("rotation:accept", "login");
    await stack.preview(rotate);
  } finally {
    await OUTAGES[1]!.putRight(hand);
    await stack.rig.workspace.set("rotation:accept", undefined);
  }
  // Put right, nothing stops it; meanwhile the gateway finds its members healthy again.
  await stack.preview(rotate);
  const { failed } = await requestsSince(stack.rig, begin);
  stack.excuse(failed, "this scenario disabled the live role's login");
  await stack.up(rotate);
  await stack.up({ ...rotate, retired: counter });
}

/** A retired role that somebody lets log in again. */
async function retiredRoleOpened(stack: ScenarioStack): Promise<void> {
  const { counter, retired } = stack.plan;
  const role = `app_${slotOf(retired)}`;
  await stack.sql(`ALTER ROLE ${role} LOGIN`);
  await stack.assertRefused(
    { counter: counter + 1, live: counter, retired },
    new RegExp(
      `The role ${role} can log in. Expected: it cannot, because its generation is retired`,
    ),
    new RegExp(`ALTER ROLE "${role}" NOLOGIN`),
  );
  await stack.sql(`ALTER ROLE ${role} NOLOGIN`);
}

/** Somebody with every right, who does not use the program. */
class Hand {
  private constructor(
    readonly stack: ScenarioStack,
    readonly live: SlotName,
    readonly other: SlotName,
    /** Version of the live slot's secret. */
    readonly version: string,
    readonly secrets: SecretClient,
    /** What the database keeps of the live role's password, so that no SQL log gets to see that. */
    readonly verifier: string,
    /** Connections that each slot's role may have. */
    readonly connections: number,
  ) {}

  static async of(stack: ScenarioStack): Promise<Hand> {
    const live = slotOf(stack.plan.live);
    const { version } = await stack.rig.slotCredential(live);
    const { outputs } = await stack.rig.workspace.up({ expectNoChanges: true });
    const { vault } = outputs["connections"] as Connections;
    const secrets = new SecretClient(vault.uri, new DefaultAzureCredential(), {
      disableChallengeResourceVerification: true,
    });
    const [role] = await stack.sql(
      "SELECT rolpassword AS verifier, rolconnlimit AS connections FROM pg_authid " +
        `WHERE rolname = 'app_${live}'`,
    );
    const { connections, verifier } = role as { connections: number; verifier: string };
    return new Hand(stack, live, otherSlot(live), version, secrets, verifier, connections);
  }

  get role(): string {
    return `app_${this.live}`;
  }

  get otherRole(): string {
    return `app_${this.other}`;
  }

  /** Scales a slot's release. */
  async scale(slot: SlotName, replicas: number): Promise<void> {
    const name = `app-${slot}`;
    const deployment = await this.get("apps/v1", "Deployment", name);
    deployment.spec!["replicas"] = replicas;
    await this.stack.rig.twin.call("apply", deployment);
    await this.stack.rig.twin.call("rolledOut", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: "app",
      name,
    });
  }

  private async get(apiVersion: string, kind: string, name: string): Promise<KubeObject> {
    const found = await this.stack.rig.twin.call("get", {
      apiVersion,
      kind,
      namespace: "app",
      name,
    });
    assert(found, `There is no ${kind} ${name}.`);
    return found;
  }
}
