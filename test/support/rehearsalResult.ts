import type { RehearsalResult, RotationResult } from "../../rehearsal/result/result";
import type { TimedOperation, Timeline } from "../../rehearsal/result/timeline";

const ROTATION = "rotation:index:Rotation";
const SLOT = `${ROTATION}$rotation:index:Slot`;
const PROOFS = `${ROTATION}$rotation:index:Proofs$kubernetes:batch/v1:Job`;
const GUARD = "rotation:index:PlanGuard$pulumi:index:Stash";

/** Operations of one rotation, as the engine orders them: what, on what, begin, end. */
const OPERATIONS: readonly (readonly [string, string, number, number])[] = [
  [GUARD, "guard-started", 1, 1.1],
  [`${SLOT}$random:index/randomPassword:RandomPassword`, "rotation-NEW-password", 2, 2.1],
  [`${SLOT}$postgresql:index/role:Role`, "rotation-NEW-role", 2.4, 3],
  [`${SLOT}$azure-native:keyvault:Secret`, "rotation-NEW-secret", 3, 3.6],
  [`${SLOT}$kubernetes:helm.sh/v3:Release`, "rotation-NEW-release", 4, 12],
  [PROOFS, "rotation-proof-before-promotion-1-live-1", 12, 15],
  [`${ROTATION}$kubernetes:networking.k8s.io/v1:Ingress`, "rotation-traffic", 15, 20],
  [PROOFS, "rotation-proof-after-promotion-1-live-1", 20, 22.5],
  [`${ROTATION}$pulumi:index:Stash`, "rotation-record", 22.5, 22.6],
  [GUARD, "guard-completed", 22.7, 22.8],
  [GUARD, "guard-started", 26, 26.1],
  [`${SLOT}$kubernetes:helm.sh/v3:Release`, "rotation-OLD-release", 27, 34],
  [PROOFS, "rotation-proof-drained-1-live-1", 34, 35],
  [`${SLOT}$postgresql:index/role:Role`, "rotation-OLD-role", 35, 35.4],
  [PROOFS, "rotation-proof-refused-1-live-1", 35.4, 37],
  [`${SLOT}$azure-native:keyvault:Secret`, "rotation-OLD-secret", 37, 37.5],
  [GUARD, "guard-completed", 37.6, 37.7],
];

/** Seconds that a rotation of this result takes, and the second in it when traffic moves. */
const LASTS = 42;
const SWITCHES = 18;

/** A result as a rehearsal writes it, of so many rotations without any trouble. */
export function rehearsalResult(rotations = 1): RehearsalResult {
  const seconds = Array.from({ length: rotations * LASTS }, (_, second) => second);
  const timeline: Timeline = {
    startedAt: Date.UTC(2026, 4, 17, 9, 30),
    load: {
      answered: {
        blue: seconds.map((second) => answersOf(0, second)),
        green: seconds.map((second) => answersOf(1, second)),
      },
      failed: seconds.map(() => 0),
      p50Ms: seconds.map((second) => 3 + (second % 5) / 10),
      p99Ms: seconds.map((second) => 20 + ((second * 7) % 60)),
    },
    sessions: {
      seconds,
      byRole: {
        app_blue: seconds.map((second) => sessionsOf(0, second)),
        app_green: seconds.map((second) => sessionsOf(1, second)),
      },
    },
    serving: [{ second: 0, slot: "blue" }],
  };
  const requests = {
    sent: seconds.length * 200,
    unsent: 0,
    failed: 0,
    unjudged: 0,
    p50Ms: 3.4,
    p99Ms: 71.2,
    reasons: {},
    byKind: { fresh: { sent: 100, failed: 0, cut: 0 }, stream: { sent: 5, failed: 0, cut: 3 } },
  };
  return {
    ok: true,
    kind: "rotate",
    application: "app",
    delivery: "file",
    strategy: "blueGreen",
    proofs: { by: "credential" },
    engine: { version: "3.255.0", source: "path" },
    providers: { "azure-native": "twin", kubernetes: "twin", postgresql: "official" },
    rate: { perSecond: 200, tried: [] },
    requests,
    behind: 0,
    rotations: Array.from({ length: rotations }, (_, index) => rotation(index)),
    timeline,
    evidence: [
      {
        at: timeline.startedAt + 37_000,
        proof: "refused",
        ok: true,
        started: "2026-05-17T09:30:35.400Z",
        seconds: 1.6,
        role: "app_blue",
        sqlstate: "28000",
        message: 'role "app_blue" is not permitted to log in',
      },
    ],
    leaks: [],
    leakSearch: [
      { place: "state files", canaryFound: true },
      { place: "engine log", canaryFound: true },
    ],
    problems: [],
    cannotJudge: [],
  };
}

/** The control: the same rotation with a third of the requests of some seconds lost. */
export function naiveResult(): RehearsalResult {
  const result = rehearsalResult();
  const failed = result.timeline!.load.failed.map((_, second) =>
    second >= SWITCHES && second < SWITCHES + 6 ? 70 : 0,
  );
  return {
    ...result,
    ok: false,
    kind: "naive",
    requests: { ...result.requests, failed: 420, reasons: { "5xx: 502": 420 } },
    rotations: result.rotations.map((one) => ({ ...one, operationsOnLiveSlot: 2 })),
    timeline: { ...result.timeline!, load: { ...result.timeline!.load, failed } },
    problems: ["The naive order lost 420 of 8400 requests."],
  };
}

function rotation(from: number): RotationResult {
  const [before, after] =
    from % 2 === 0 ? (["blue", "green"] as const) : (["green", "blue"] as const);
  const start = from * LASTS;
  return {
    from,
    to: from + 1,
    liveBefore: before,
    liveAfter: after,
    seconds: 38,
    phases: [
      { name: "rotate", begin: start, end: start + 25 },
      { name: "retire", begin: start + 25, end: start + 39 },
      { name: "check", begin: start + 39, end: start + LASTS },
    ],
    operations: OPERATIONS.map(([type, name, begin, end]): TimedOperation => {
      const own = name.replace("NEW", after).replace("OLD", before);
      return {
        urn: `urn:pulumi:rehearsal::rotation::${type}::${own}`,
        op: "update",
        begin: start + begin,
        end: start + end,
      };
    }),
    operationsOnLiveSlot: 0,
    operationsOnPlatform: 0,
    requests: {
      sent: 7600,
      unsent: 0,
      failed: 0,
      unjudged: 0,
      p50Ms: 3.4,
      p99Ms: 71.2,
      reasons: {},
      byKind: { fresh: { sent: 100, failed: 0, cut: 0 }, stream: { sent: 5, failed: 0, cut: 3 } },
    },
    newCredential: {
      by: "answer",
      slot: after,
      sessionUser: `app_${after}`,
      secretVersion: "0".repeat(32),
    },
    oldCredential: { refused: true, sqlstate: "28000" },
  };
}

/** Answers of a slot, 0 for blue: all of them but for the second in which traffic moves. */
function answersOf(slot: number, second: number): number {
  const turn = Math.floor(second / LASTS);
  const within = second % LASTS;
  if (within === SWITCHES) {
    return 100;
  }
  return (turn + Number(within > SWITCHES)) % 2 === slot ? 200 : 0;
}

function sessionsOf(slot: number, second: number): number {
  const turn = Math.floor(second / LASTS);
  const within = second % LASTS;
  const isNew = (turn + 1) % 2 === slot;
  return (isNew ? within > 9 : within < 33) ? 15 : 0;
}
