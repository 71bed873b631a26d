import assert from "node:assert";
import { handshakeHelp } from "../../components/application/eventEndpoint";
import { type Strategy, transition } from "../../components/plan";
import { adoptionProblem } from "../../components/rotation/adoption";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { downgradeProblem } from "../../components/platform/clusterVersion";
import { changedActAsProblem } from "../../components/rotation/changedActAs";
import { changedStrategyProblem } from "../../components/rotation/changedStrategy";
import { withoutImagesProblem } from "../../components/rotation/withoutImages";
import { refuseGatewayWrite } from "../../components/platform/gatewayWrites";
import {
  changesByHand,
  handChangesText,
  unseenChanges,
} from "../../components/facts/changesByHand";
import { ACCEPTABLE, type Expectation, type HandChange } from "../../components/facts/handChange";
import { unknownNameHelp } from "../../components/facts/unknownName";
import { scaledDown } from "../../components/facts/podChanges";
import { connectionProblem } from "../../components/plan/connectionBudget";
import { applicationNameProblem } from "../../components/plan/names";
import { nameProblems } from "../../components/platform/azureNames";
import { changedPlaceProblem } from "../../components/platform/changedPlace";
import { platformProblems } from "../../components/platform/platformProblems";
import type { PlatformAnswers } from "../../components/platform/platformQuestions";
import type { Connections } from "../../components/facts/connections";
import { nodeRoomProblem } from "../../components/platform/nodeSizes";
import { PROFILES } from "../../components/platform/profiles";
import { renamedProblem } from "../../components/platform/renamed";
import type {
  Facts,
  ReleaseFacts,
  RoleFacts,
  SecretFacts,
  SlotFacts,
} from "../../components/facts/facts";
import { adviceAfter } from "../../components/rotation/failureAdvice";
import { SCENARIOS } from "../../rehearsal/scenarios";
import {
  assertDocumented,
  chapter,
  codes,
  namesCommand,
  readDocumentedTexts,
  undocumented,
} from "../../rehearsal/scenarios/stack/documented";
import { partialCreate } from "../../rehearsal/scenarios/azure/partialCreate";
import { faultsCluster } from "../../rehearsal/scenarios/faults/faultsCluster";
import { faultsDatabase } from "../../rehearsal/scenarios/faults/faultsDatabase";
import { faultsGateway } from "../../rehearsal/scenarios/faults/faultsGateway";
import { faultsRunner } from "../../rehearsal/scenarios/faults/faultsRunner";
import { faultsVault } from "../../rehearsal/scenarios/faults/faultsVault";
import { gone } from "../../rehearsal/scenarios/gone";
import { changedByHand } from "../../rehearsal/scenarios/handChanges";
import { twoAtOnce } from "../../rehearsal/scenarios/twoAtOnce";
import { MockProgram } from "../../mocks/mocks";
import { AzureBench, GROUP } from "../support/azureCloud";
import { pulledChartTexts } from "./pulledChartTexts";
import { NEEDS, REFERENCE } from "../support/existingPlatform";
import { PLACE_ROWS, problemsWith } from "../support/placeRows";
import { refusedAdoptions } from "./adoptionTexts";
import { ADOPTED } from "../support/adopted";
import { recoverTexts } from "./recoverTexts";
import { refusedConfiguration, refusedMoves, refusedPlatforms, textOf } from "./refusalTexts";

const RUNBOOK = readFileSync(join(__dirname, "..", "..", "docs", "runbook.md"), "utf8");
const DOCUMENTED = readDocumentedTexts();

/** What a section of the chapter documents. */
const under = (heading: string) => DOCUMENTED.filter(({ section }) => section === heading);

/** Asserts that a section has a row for each of these texts, and no row that none of them is. */
function assertEqual(heading: string, texts: readonly string[]): void {
  const rows = under(heading);
  assert.ok(rows.length > 0, `There are no texts under "${heading}".`);
  const missing = texts.filter((text) => undocumented(text, rows).length > 0);
  assert.deepStrictEqual(missing, [], `not under "${heading}"`);
  const unsaid = rows.filter(({ pattern }) => !texts.some((text) => pattern.test(text)));
  assert.deepStrictEqual(
    unsaid.map(({ example }) => example),
    [],
    `nobody says what is under "${heading}"`,
  );
}

const EXPECTED: Expectation = {
  application: "app",
  namespace: "app",
  vault: "kv-app",
  secretVersion: "v8",
  image: "app:1.0.0",
  template: "0123456789ab",
  replicas: 2,
  connections: 16,
  plan: { counter: 8, live: 8, retired: 7 },
};
/** Pods as the last completed run left them. */
const WHOLE: ReleaseFacts = {
  ...{ replicas: 2, ready: 2, earlier: 0, isWhole: true },
  ...{ image: "app:1.0.0", template: "0123456789ab", pinned: "", mounted: [] },
};
/** The same, with green ready for a roll back. */
const WARM: Expectation = { ...EXPECTED, plan: { counter: 8, live: 8, retired: 6 } };
const V8: SecretFacts = { version: "v8", enabled: true };

/** One fact of every kind that can be changed past the program. */
const CHANGED: readonly Partial<Record<"blue" | "green", SlotFacts> & Pick<Facts, "routes">>[] = [
  { routes: { production: "app-green", blue: "app-blue", green: "app-green" } },
  { routes: { production: "app-blue", blue: "app-blue", green: "app-blue" } },
  { routes: {} },
  { blue: { role: { canLogin: false, sessions: 0 } } },
  { green: { role: { canLogin: true, sessions: 0 } } },
  { blue: { secrets: [] } },
  { blue: { secrets: [{ version: "v9", enabled: true }, V8] } },
  { blue: { secrets: [{ ...V8, enabled: false }] } },
  { blue: { login: { version: "v8", sqlstate: "28P01" } } },
  { blue: { release: { ...WHOLE, replicas: 5, ready: 5 } } },
  { blue: { release: { ...WHOLE, image: "app:1.1.0" } } },
  { blue: { release: { ...WHOLE, template: "ba9876543210" } } },
  { blue: { release: { ...WHOLE, earlier: 1, isWhole: false } } },
  { blue: { role: { canLogin: true, sessions: 0, validUntil: "2025-01-01T00:00:00Z" } } },
  { blue: { role: { canLogin: true, sessions: 0, connectionLimit: 1 } } },
  { blue: { role: { canLogin: true, sessions: 0, lacksRights: true } } },
  { blue: { role: { canLogin: true, sessions: 0, granted: ["reporting"] } } },
  { blue: { role: { canLogin: true, sessions: 0, actsAs: "app_owner" } } },
  { blue: { role: null } },
  { green: { secrets: [] } },
  { green: { release: null } },
  {
    green: {
      release: { ...WHOLE, replicas: 0, gone: ["Service app-green", "ServiceAccount app-green"] },
    },
  },
];

/** Every kind of change by hand. */
function handChanges(): HandChange[] {
  const seen = CHANGED.map(({ blue = {}, green = {}, ...routes }) =>
    changesByHand({ slots: { blue, green }, unseen: [], ...routes }, EXPECTED),
  );
  const takenBack = changesByHand(
    { slots: { blue: {}, green: {} }, unseen: [], routes: { production: "web" } },
    { ...EXPECTED, namespace: "team-shop", ingress: "shop" },
  );
  const pods = [
    { replicas: 0, ready: 0 },
    { replicas: 2, ready: 1 },
  ];
  const standby = pods.map((count) => {
    const release = { ...WHOLE, ...count };
    return changesByHand({ slots: { blue: {}, green: { release } }, unseen: [] }, WARM);
  });
  const busy: Facts = {
    slots: { blue: { release: { ...WHOLE, replicas: 7 } }, green: { release: WHOLE } },
    unseen: [],
  };
  const autoscaled = { ...WARM, replicas: 6, minReplicas: 2, maxReplicas: 6 };
  const why = "the stack has no output `connections` yet; run `pulumi up` without a move first";
  const places = ["vault", "database", "cluster"] as const;
  const unseen = places.map((place) =>
    unseenChanges({ slots: { blue: {}, green: {} }, unseen: [{ place, why }] }),
  );
  const scaled = [changesByHand(busy, autoscaled), scaledDown(busy, autoscaled)];
  const acting = changesByHand(
    { slots: { blue: { role: { canLogin: true, sessions: 0 } }, green: {} }, unseen: [] },
    { ...EXPECTED, actAs: "owner" },
  );
  const adopted = [
    ...[{ canLogin: false, sessions: 0 }, null].map((legacy) =>
      legacyChanges({ counter: 0, live: -1, retired: -2 }, legacy),
    ),
    legacyChanges({ counter: 0, live: 0, retired: -1 }, { canLogin: true, sessions: 0 }),
  ];
  assert.ok(
    [...seen, ...standby, ...scaled, takenBack, acting, ...adopted].every(
      ({ length }) => length > 0,
    ),
  );
  return [...seen, ...standby, ...scaled, ...unseen, takenBack, acting, ...adopted].flat();
}

/** What is said of a legacy login that is not as a plan has it. */
function legacyChanges(plan: Expectation["plan"], legacy: RoleFacts | null): HandChange[] {
  return changesByHand(
    { slots: { blue: {}, green: {} }, legacy, unseen: [] },
    {
      ...EXPECTED,
      plan,
      legacy: { role: "shop", service: "shop-web", databaseName: "shop", ownerRole: "shop" },
    },
  );
}

const textOfRejected = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => assert.fail("It was not refused."),
    (error: Error) => error.message,
  );

/** What Event Grid says where an endpoint does not answer its handshake. */
async function subscriptionRefused(bench: AzureBench): Promise<string> {
  const topic = { resourceGroupName: GROUP, systemTopicName: "vault" };
  const vault = await bench.vault("kv-events");
  await bench.create("eventgrid:SystemTopic", {
    ...topic,
    source: vault.id,
    topicType: "Microsoft.KeyVault.vaults",
  });
  bench.cloud.situation.handshake = { status: 404 };
  return textOfRejected(
    bench.create("eventgrid:SystemTopicEventSubscription", {
      ...topic,
      eventSubscriptionName: "events",
      destination: { endpointType: "WebHook", endpointUrl: "https://events.example.com/vault" },
    }),
  );
}

/** Every refusal of a strategy that is left, or would change at once. */
function refusedStrategies(): string[] {
  const retired = { counter: 8, live: 8, retired: 7 };
  const refusal = (
    strategy: Strategy,
    leaving: Strategy | undefined,
    before: Strategy | undefined,
    [plan, completed] = [retired, retired],
  ) =>
    changedStrategyProblem(
      { plan, strategy, leaving: leaving && { strategy: leaving } },
      before && { plan: completed, settings: "s", attempt: "a", strategy: before },
    )!;
  const both = { ...retired, retired: 6 };
  return [
    refusal("rolling", undefined, "blueGreen"),
    refusal("blueGreen", undefined, "rolling"),
    refusal("blueGreen", "rolling", "blueGreen"),
    refusal("rolling", "blueGreen", "rolling"),
    refusal("rolling", "blueGreen", undefined),
    refusal("rolling", "blueGreen", "blueGreen", [{ ...retired, counter: 9, live: 9 }, retired]),
    refusal("rolling", "blueGreen", "blueGreen", [both, both]),
  ];
}

describe("the error texts in docs/runbook.md", () => {
  it("are one chapter, and no heading of the runbook is there twice", () => {
    const headings = [...RUNBOOK.matchAll(/^#+ .+$/gm)].map(([heading]) => heading);
    assert.deepStrictEqual(
      headings.filter((heading, index) => headings.indexOf(heading) !== index),
      [],
    );
  });

  it("have every refusal of a move, each says a command, and none is there that nobody says", () => {
    const texts = refusedMoves();
    assert.ok(texts.length > 500, `only ${texts.length} refusals`);
    assertEqual("Refused moves", texts);
    assert.deepStrictEqual(
      texts.filter((text) => !namesCommand(text)),
      [],
    );
  });

  it("have every refusal of a setting that a rotation rests on", async () => {
    const program = await MockProgram.start();
    const { callback } = refuseGatewayWrite("hook", { write: "update", maintenance: false });
    await program.drained();
    const refused = textOf(() => callback({ newInputs: { sku: "b" } } as never));
    const demand = { replicas: 5, poolSize: 10, maxConnections: 100 };
    const naming = { application: "app", stack: "prod" };
    const host = "psql-app-prod-ab12cd.postgres.database.azure.com";
    const texts = [
      refusedConfiguration({}, [connectionProblem(demand)!]),
      refusedConfiguration({}, [
        nodeRoomProblem(
          { room: [{ surge: "25%", cpu: 1000, memory: 96 }], replicas: 3 },
          PROFILES.dev.cluster.user,
        )!,
      ]),
      refused,
      downgradeProblem("aks-app-prod", "1.35", "1.36.1")!,
      withoutImagesProblem({
        plan: { counter: 0, live: 0, retired: -1 },
        settings: "s",
        attempt: "a",
      })!,
      renamedProblem({ ...naming, stack: "prod2" }, host)!,
      renamedProblem({ ...naming, application: "shop" }, host)!,
      changedActAsProblem(
        { actAs: "owner", accepted: [] },
        { plan: { counter: 0, live: 0, retired: -1 }, settings: "s", attempt: "a" },
      )!,
      ...refusedStrategies(),
      adoptionProblem(
        { adopted: ADOPTED, application: "app", plan: { counter: 0, live: 0, retired: -1 } },
        undefined,
      )!,
      adoptionProblem(
        { adopted: ADOPTED, application: "app", plan: { counter: 0, live: 0, retired: -1 } },
        { plan: { counter: 0, live: 0, retired: -1 }, settings: "s", attempt: "a" },
      )!,
      changedPlaceProblem(
        { application: "app" },
        {
          completed: { plan: { counter: 0, live: 0, retired: -1 }, settings: "s", attempt: "a" },
          connections: { namespace: "team-shop" } as Connections,
        },
      )!,
      refusedConfiguration({}, [`rotation:application ${applicationNameProblem("pg")}`]),
      refusedConfiguration({}, nameProblems({ ...naming, stack: "windows" })),
    ];
    assertEqual("Refused settings", texts);
    assert.ok(texts.every(namesCommand));
  });

  it("have every refusal of a chart that is pulled, and each says a command", () => {
    const texts = pulledChartTexts();
    assertEqual("A chart that is pulled", texts);
    assert.deepStrictEqual(
      texts.filter((text) => !namesCommand(text)),
      [],
    );
  });

  it("have every refusal of a platform that is there, and for each a command", async () => {
    const heading = "A platform that is there";
    const texts = await refusedPlatforms();
    assert.ok(texts.length > 50, `only ${texts.length} refusals`);
    assertEqual(heading, texts);
    const rows = under(heading);
    for (const text of texts) {
      const said = rows.filter(({ pattern }) => pattern.test(text.replaceAll(/\s+/g, " ")));
      assert.ok(namesCommand(text) || said.some(({ advice }) => namesCommand(advice)), text);
    }
  });

  it("have everything that can be wrong with a namespace of another team, each says a command or whom to ask", async () => {
    const texts = await Promise.all(
      PLACE_ROWS.map(([, changes, , needs]) => problemsWith(changes, needs)),
    );
    const answers = {
      taken: [{ name: "app-blue", isDeleted: false }],
    } as unknown as PlatformAnswers;
    const taken = platformProblems(REFERENCE, NEEDS, answers).map(
      ([key, text]) => `rotation:${key} ${text}`,
    );
    assertEqual("Refused namespaces", [...texts.flat(), ...taken]);
  });

  it("have every refusal of a login to take over, and for each a command or SQL", () => {
    const heading = "A login to take over";
    const texts = refusedAdoptions();
    assertEqual(heading, texts);
    const rows = under(heading);
    for (const text of texts) {
      const said = rows.filter(({ pattern }) => pattern.test(text));
      assert.ok(namesCommand(text) || said.some(({ advice }) => namesCommand(advice)), text);
    }
  });

  it("have every change by hand, each says a command, and none is there that nobody says", () => {
    const changes = handChanges();
    const kinds = new Set<string>(changes.map(({ what }) => what));
    assert.deepStrictEqual(
      [...kinds].sort(),
      [
        ...ACCEPTABLE.filter((name) => !["settings", "actAs", "legacy", "sessions"].includes(name)),
        "traffic",
        "missing",
      ].sort(),
    );
    const texts = changes.map((change) => handChangesText([change], EXPECTED.plan));
    assertEqual("Changes made by hand", texts);
    texts.forEach((text) => assert.ok(namesCommand(text), text));
    const [first = ""] = /Something is not as the last completed run left it/.exec(texts[0]!) ?? [];
    assert.ok(codes(RUNBOOK).includes(first));
  });

  it("have what Azure refuses where no other document says what to do", async () => {
    const bench = await AzureBench.start();
    const name = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    const id = `/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/${name}`;
    const reading = bench.read("authorization:RoleAssignment", { id, inputs: {}, outputs: {} });
    const gone = await textOfRejected(reading);
    const subscribing = await subscriptionRefused(bench);
    await bench.stop();
    const looking = (answer: string) =>
      unknownNameHelp(
        `dial tcp: lookup psql-app-prod-ab12cd.postgres.database.azure.com: ${answer}`,
      )!;
    assertEqual("What Azure refuses", [
      ...[gone, subscribing, handshakeHelp(subscribing)!],
      ...[looking("no such host"), looking("server misbehaving")],
    ]);
    [gone, subscribing].forEach(assertDocumented);
  });

  it("have what recover refuses and what it leaves, and nothing else", async () => {
    const texts = await recoverTexts();
    assertEqual("Recover", texts);
  });

  it("quote the advice after a failure, which alone explains no failure", () => {
    const plan = { counter: 8, live: 8, retired: 6 };
    const advice = [
      adviceAfter(transition({ counter: 7, live: 7, retired: 6 }, plan)),
      adviceAfter(transition(plan, plan)),
    ];
    for (const [index, begin] of [
      "The run to",
      "This run did not complete; the plan is",
    ].entries()) {
      assert.ok(advice[index]!.startsWith(begin));
      assert.ok(namesCommand(advice[index]!));
      assert.ok(codes(chapter(RUNBOOK, "Error texts")).some((code) => code.startsWith(begin)));
      assert.deepStrictEqual(undocumented(advice[index]!, DOCUMENTED), [advice[index]]);
    }
  });

  it("name scenarios that there are, and every scenario of a fault", () => {
    const text = chapter(RUNBOOK, "Error texts");
    const tables = [...text.matchAll(/^\|.*\| Scenario +\|\n\|[ |-]+\|\n((?:\|.*\n)+)/gm)];
    const rows = tables.flatMap(([, body]) => body!.trim().split("\n"));
    const lastCells = rows.map((row) => row.split("|").at(-2)!);
    const lines = [...text.matchAll(/Scenarios?: ([^.]*)\./g)].map(([, names]) => names!);
    const named = [...lastCells, ...lines].flatMap(codes);
    const known = SCENARIOS.map(({ name }) => name);
    assert.deepStrictEqual(
      named.filter((name) => !known.includes(name)),
      [],
    );
    const faults = [
      ...[faultsCluster, faultsDatabase, faultsGateway, faultsRunner, faultsVault].flat(),
      twoAtOnce,
      changedByHand,
      gone,
      partialCreate,
    ];
    assert.deepStrictEqual(
      faults.map(({ name }) => name).filter((name) => !named.includes(name)),
      [],
    );
  });
});

describe("a text that a user reads", () => {
  const diagnosed = (error: string) =>
    "Diagnostics:\n" +
    "  pulumi:pulumi:Stack (rotation-prod):\n" +
    "    warning: The run to counter 8, live 8, retired none did not complete; finish: pulumi up\n" +
    "    error: update failed\n\n" +
    `  azure-native:keyvault:Secret (rotation-blue-secret):\n    error: ${error}\n\n`;

  it("is documented with other numbers, slots and names than those of the runbook", () => {
    assertDocumented(diagnosed('Status=429 Code="TooManyRequests" Message="Slow down."'));
    assertDocumented(diagnosed("The role app_green cannot log in."));
    assertDocumented(
      "rotation:counter may rise by one, from 41 to 42, not to 50. Choose: pulumi config set x",
    );
  });

  it("is not when it is made up, whatever advice stands beside it", () => {
    const error = 'Status=418 Code="Teapot"';
    assert.deepStrictEqual(undocumented(diagnosed(error), DOCUMENTED), [error]);
    assert.throws(
      () => assertDocumented(diagnosed(error)),
      /not among the error texts.*\n.*Teapot/,
    );
    assert.throws(() => assertDocumented("The moon is not in the right phase: pulumi up"), /moon/);
    // What only another command says explains no run.
    assert.throws(() => assertDocumented(diagnosed("pulumi stack export failed:")), /not among/);
    // One cause that is documented does not hide another one that is not.
    const both = diagnosed("Status=429").concat("  a:b:C (d):\n    error: no such luck\n");
    assert.deepStrictEqual(undocumented(both, DOCUMENTED), ["no such luck"]);
  });

  it("may leave the command to its row when the engine fails before the program speaks", () => {
    const error = "pre-step event returned an error: write state.tmp: no space left on device";
    const text = `Diagnostics:\n  pulumi:pulumi:StackReference (last-completed):\n    error: ${error}\n`;
    assert.ok(!namesCommand(text));
    assertDocumented(text);
  });

  it("is incomplete when no command stands in it, nor in its row", () => {
    const text = "rotation:retired cannot go down from 6 to 5: what is retired stays retired.";
    assert.deepStrictEqual(undocumented(text, DOCUMENTED), []);
    assert.throws(() => assertDocumented(text), /does not say which command comes next/);
  });
});
