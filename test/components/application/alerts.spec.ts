import assert from "node:assert";
import { readFileSync } from "node:fs";
import path from "node:path";
import { deliveredName } from "../../../components/chart";
import { APPLICATION_ALERTS } from "../../../components/application/alerts";
import {
  PLATFORM_ALERTS,
  type QueryAlert,
  type VaultAlert,
} from "../../../components/platform/alerts";
import { minutesOf } from "../../../twin/azure/monitoring/durations";
import { answersOf } from "./kusto";
import { kustoProblems } from "../../support/kustoLanguage";
import type { LogRows } from "../../support/logTables";

const RUNBOOK = path.join(__dirname, "..", "..", "..", "docs", "runbook.md");

const queryAlerts = Object.entries<QueryAlert | VaultAlert>(APPLICATION_ALERTS).filter(
  (entry): entry is [string, QueryAlert] => entry[1].kind === "query",
);

const WATCHED = {
  readers: {
    blue: "blue-client",
    green: "green-client",
    proofs: "proofs-client",
    retired: "retired-client",
    deployer: "deployer-object",
  },
  productionHost: "app.example.com",
  namespace: "app",
};

/** Some minutes ago, as the tables hold times. */
function ago(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString().replace("T", " ").replace("Z", "");
}

/** A proof's line. */
function line(minutes: number, pod: string, said: Record<string, unknown>) {
  return {
    TimeGenerated: ago(minutes),
    PodNamespace: "app",
    ContainerName: "proof",
    PodName: `rotation-proof-${pod}-1a2b3c4d-x7k2p`,
    LogMessage: JSON.stringify({
      ok: true,
      started: new Date(Date.now() - (minutes + 1) * 60_000).toISOString(),
      seconds: 60,
      ...said,
    }),
  };
}

/** The vault's record of a request for a version of a secret. */
function vault(minutes: number, OperationName: string, secret: string, HttpStatusCode = 200) {
  return {
    TimeGenerated: ago(minutes),
    OperationName,
    HttpStatusCode,
    Id: `https://kv-app-abcdef.vault.azure.net/secrets/${secret}`,
    CallerIpAddress: "10.0.0.4",
    ResultDescription: "",
  };
}

/** PostgreSQL's record of a refused login. */
function refusal(minutes: number, SqlErrorCode: string, role: string) {
  const Message =
    SqlErrorCode === "28P01"
      ? `password authentication failed for user "${role}"`
      : `role "${role}" is not permitted to log in`;
  const TimeGenerated = ago(minutes);
  return { TimeGenerated, ErrorLevel: "FATAL", SqlErrorCode, Message, ProcessId: 4711 };
}

/** The gateway's record of so many answers, a minute or two ago. */
function errors(count: number, OriginalHost: string, HttpStatus: number) {
  return Array.from({ length: count }, () => ({
    TimeGenerated: ago(2),
    OriginalHost,
    HttpStatus,
  }));
}

function session(minutes: number, beganMinutesAgo: number, UserId: number) {
  const TimeGenerated = ago(minutes);
  const BackendStartTime = ago(beganMinutesAgo);
  return { TimeGenerated, CollectionTime: TimeGenerated, BackendStartTime, UserId, ProcessId: 42 };
}

const NEW = "00000000000000000000000000000003";
const DELIVERED = ["app", { slot: "green", generation: 3 }, { by: "secret" }, NEW] as const;
const mountedVersion = (minutes: number) => [
  vault(minutes, "SecretSet", `app-green/${NEW}`),
  vault(minutes - 5, "SecretGet", `app-green/${NEW}`),
];
/** The API server's record of the Secret that is created where the credential is delivered by one. */
const delivered = (minutes: number, namespace = "app", code = 201) => ({
  TimeGenerated: ago(minutes),
  Verb: "patch",
  ObjectRef: JSON.stringify({ resource: "secrets", namespace, name: deliveredName(...DELIVERED) }),
  ResponseStatus: JSON.stringify({ code }),
});
/** The kubelet's event of a pod for which the driver is to write the Secret. */
const holds = (minutes: number) => ({
  ...{ TimeGenerated: ago(minutes), Namespace: "app", Reason: "FailedMount" },
  Name: `${deliveredName(...DELIVERED)}-holder-7d9c5b6f4-x2k8p`,
  Message: `MountVolume.SetUp failed for volume "secret" : secret "${deliveredName(...DELIVERED)}" not found`,
});
const readBy = (appid: string, secret: string, oid = `${appid}-object`) => ({
  ...vault(4, "SecretGet", `${secret}/${NEW}`),
  Identity: JSON.stringify({ claim: { appid, oid } }),
});
const readAt = (minutes: number) => ({
  ...readBy("azure-cli", "app-blue", "DEPLOYER-object"),
  TimeGenerated: ago(minutes),
});
const proved = (minutes: number, plan: string) =>
  line(minutes, `before-promotion-${plan}`, { proof: "before-promotion", secretVersion: NEW });
const promoted = (minutes: number) =>
  line(minutes, "after-promotion-3-live-3", { proof: "after-promotion", secretVersion: NEW });
const refused = (minutes: number) =>
  line(minutes, "refused-3-live-3", { proof: "refused", role: "app_blue", roleId: 16401 });

interface Case {
  readonly alert: keyof typeof APPLICATION_ALERTS;
  readonly when: string;
  readonly fires: boolean;
  readonly rows: LogRows;
}

const fires = true;
const CASES: readonly Case[] = [
  {
    ...{ alert: "rotation-not-completed", fires },
    when: "a new credential was mounted 90 minutes ago and production never answered with it",
    rows: { AZKVAuditLogs: mountedVersion(90) },
  },
  {
    ...{ alert: "rotation-not-completed", fires },
    when: "a promotion stopped after its first proof, whatever the vault logs",
    rows: { ContainerLogV2: [proved(80, "3-live-3")] },
  },
  {
    ...{ alert: "rotation-not-completed", fires },
    when: "a run that was to stage a credential never proved it",
    rows: {
      AZKVAuditLogs: mountedVersion(90),
      ContainerLogV2: [
        line(85, "before-promotion-3-live-2", {
          proof: "before-promotion",
          ok: false,
          secretVersion: NEW,
        }),
      ],
    },
  },
  {
    ...{ alert: "rotation-not-completed", fires },
    when: "a new credential was delivered as a Secret 90 minutes ago, and no proof ever ran",
    rows: {
      AZKVAuditLogs: [vault(90, "SecretSet", `app-green/${NEW}`)],
      AKSAuditAdmin: [delivered(89)],
    },
  },
  {
    ...{ alert: "rotation-not-completed", fires: false },
    when: "the Secret is another application's, or the API server refused it",
    rows: {
      AZKVAuditLogs: [vault(90, "SecretSet", `app-green/${NEW}`)],
      AKSAuditAdmin: [delivered(89, "shop"), delivered(89, "app", 409)],
    },
  },
  {
    ...{ alert: "rotation-not-completed", fires: false },
    when: "production answers with the new credential",
    rows: {
      AZKVAuditLogs: mountedVersion(90),
      ContainerLogV2: [proved(85, "3-live-3"), promoted(80)],
    },
  },
  {
    ...{ alert: "rotation-not-completed", fires: false },
    when: "the rotation began less than an hour ago",
    rows: { AZKVAuditLogs: mountedVersion(40), ContainerLogV2: [proved(30, "3-live-3")] },
  },
  {
    ...{ alert: "rotation-not-completed", fires: false },
    when: "the credential was staged on purpose",
    rows: { AZKVAuditLogs: mountedVersion(90), ContainerLogV2: [proved(85, "3-live-2")] },
  },
  {
    ...{ alert: "rotation-not-completed", fires: false },
    when: "a retirement wrote a version that nobody mounts",
    rows: { AZKVAuditLogs: [vault(90, "SecretSet", `app-blue/${NEW}`)] },
  },
  {
    ...{ alert: "rotation-not-completed", fires: false },
    when: "the generation that could not be promoted was withdrawn",
    rows: {
      AZKVAuditLogs: [
        ...mountedVersion(90),
        vault(70, "SecretSet", "app-green/00000000000000000000000000000004"),
      ],
      ContainerLogV2: [proved(85, "3-live-3")],
    },
  },
  {
    ...{ alert: "rotation-not-completed", fires: false },
    when: "another secret of the vault was written and read",
    rows: {
      AZKVAuditLogs: [
        vault(90, "SecretSet", `app-rotator/${NEW}`),
        vault(85, "SecretGet", `app-rotator/${NEW}`),
      ],
    },
  },
  {
    ...{ alert: "proof-failed", fires },
    when: "a proof says that something is not so",
    rows: {
      ContainerLogV2: [
        line(3, "refused-3-live-3", { proof: "refused", ok: false, reason: "can still log in" }),
      ],
    },
  },
  {
    ...{ alert: "proof-failed", fires },
    when: "a proof's line arrives as text",
    rows: {
      ContainerLogV2: [
        {
          ...line(3, "drained-3-live-3", {}),
          LogMessage: JSON.stringify('{"proof":"drained","ok":false,"reason":"cannot see"}'),
        },
      ],
    },
  },
  {
    ...{ alert: "proof-failed", fires: false },
    when: "all proofs pass and other containers print what they like",
    rows: {
      ContainerLogV2: [
        refused(3),
        { ...promoted(2), ContainerName: "app", LogMessage: '{"ok":false,"proof":"x"}' },
        { ...promoted(2), LogMessage: '"node: warning"' },
      ],
    },
  },
  {
    ...{ alert: "login-refused", fires },
    when: "a consumer uses a password that is no longer right",
    rows: {
      ContainerLogV2: [promoted(40)],
      PGSQLServerLogs: [refusal(30, "28P01", "app_green")],
    },
  },
  {
    ...{ alert: "login-refused", fires },
    when: "a consumer still has the retired credential and tries again after the proof",
    rows: {
      ContainerLogV2: [refused(40)],
      PGSQLServerLogs: [refusal(40.5, "28000", "app_blue"), refusal(30, "28000", "app_blue")],
    },
  },
  {
    ...{ alert: "login-refused", fires },
    when: "another role is refused while a retirement is proved",
    rows: {
      ContainerLogV2: [refused(40)],
      PGSQLServerLogs: [refusal(40.5, "28000", "app_green")],
    },
  },
  {
    ...{ alert: "login-refused", fires },
    when: "the role is refused for a wrong password while its retirement is proved",
    rows: {
      ContainerLogV2: [refused(40)],
      PGSQLServerLogs: [refusal(40.5, "28P01", "app_blue")],
    },
  },
  {
    ...{ alert: "login-refused", fires: false },
    when: "the only refusal is the one that a proof makes on purpose",
    rows: {
      ContainerLogV2: [refused(40), refused(300)],
      PGSQLServerLogs: [refusal(40.5, "28000", "app_blue")],
    },
  },
  {
    ...{ alert: "login-refused", fires: false },
    when: "a refusal is so fresh that a proof's line may still be on its way",
    rows: { PGSQLServerLogs: [refusal(5, "28000", "app_blue")] },
  },
  {
    ...{ alert: "login-refused", fires: false },
    when: "somebody guesses at roles that are not the application's",
    rows: { PGSQLServerLogs: [refusal(30, "28P01", "postgres")] },
  },
  {
    ...{ alert: "retired-sessions", fires },
    when: "a session outlives the proof that its role is retired",
    rows: {
      ContainerLogV2: [refused(120)],
      PGSQLPgStatActivitySessions: [session(10, 3000, 16401)],
    },
  },
  {
    ...{ alert: "retired-sessions", fires: false },
    when: "the retired role's sessions ended before the proof",
    rows: {
      ContainerLogV2: [refused(20)],
      PGSQLPgStatActivitySessions: [session(25, 3000, 16401)],
    },
  },
  {
    ...{ alert: "retired-sessions", fires: false },
    when: "the role's next generation serves, and the other role too",
    rows: {
      ContainerLogV2: [refused(120)],
      PGSQLPgStatActivitySessions: [session(10, 60, 16401), session(10, 3000, 16402)],
    },
  },
  {
    ...{ alert: "vault-forbidden", fires },
    when: "an identity may not read a secret",
    rows: { AZKVAuditLogs: [vault(4, "SecretGet", `app-rotator/${NEW}`, 403)] },
  },
  {
    ...{ alert: "vault-forbidden", fires: false },
    when: "requests succeed, or begin without a token as all do",
    rows: {
      AZKVAuditLogs: [
        vault(4, "SecretGet", `app-blue/${NEW}`),
        vault(4, "Authentication", "", 401),
      ],
    },
  },
  {
    ...{ alert: "unexpected-reader", fires },
    when: "a slot's identity reads the rotator's password",
    rows: { AZKVAuditLogs: [readBy("blue-client", "app-rotator")] },
  },
  {
    ...{ alert: "unexpected-reader", fires },
    when: "somebody else reads it with the application that whoever runs `pulumi up` uses",
    rows: { AZKVAuditLogs: [readBy("azure-cli", "app-blue", "somebody-object")] },
  },
  {
    ...{ alert: "unexpected-reader", fires },
    when: "a person reads a slot's password, with a token that names no application",
    rows: {
      AZKVAuditLogs: [{ ...vault(4, "SecretGet", `app-green/${NEW}`), Identity: "{}" }],
    },
  },
  {
    ...{ alert: "unexpected-reader", fires: false },
    when: "each pod reads what is for it, and somebody is refused",
    rows: {
      AZKVAuditLogs: [
        readBy("BLUE-client", "app-blue"),
        readBy("green-client", "app-green"),
        readBy("proofs-client", "app-rotator"),
        readBy("retired-client", "app-retired"),
        vault(4, "SecretGet", `app-blue/${NEW}`, 403),
      ],
    },
  },
  {
    ...{ alert: "unexpected-reader", fires },
    when: "whoever runs `pulumi up` reads one, and no run is near",
    rows: { AZKVAuditLogs: [readAt(90)] },
  },
  {
    ...{ alert: "unexpected-reader", fires: false },
    when: "whoever runs `pulumi up` reads one, and writes one in the hour after",
    rows: { AZKVAuditLogs: [readAt(90), vault(60, "SecretSet", `app-green/${NEW}`)] },
  },
  {
    ...{ alert: "unexpected-reader", fires: false },
    when: "whoever runs `pulumi up` read one just now, and the run may still leave its marks",
    rows: { AZKVAuditLogs: [readAt(20)] },
  },
  {
    ...{ alert: "unexpected-reader", fires },
    when: "a stranger reads one in the middle of a run",
    rows: {
      AZKVAuditLogs: [
        vault(5, "SecretSet", `app-green/${NEW}`),
        readBy("azure-cli", "app-blue", "somebody-object"),
      ],
    },
  },
  {
    ...{ alert: "mount-failed", fires },
    when: "a pod cannot mount its credential",
    rows: {
      KubeEvents: [
        {
          ...{
            TimeGenerated: ago(4),
            Namespace: "app",
            Name: "app-green-1",
            Reason: "FailedMount",
          },
          Message:
            'MountVolume.SetUp failed for volume "slot" : rpc error: failed to mount secrets store ' +
            "objects for pod app/app-green-1 (driver secrets-store.csi.k8s.io)",
        },
      ],
    },
  },
  ...(
    [
      ["Failed", `Error: secret "${deliveredName(...DELIVERED)}" not found`],
      ["Failed", `Error: couldn't find key password in Secret app/${deliveredName(...DELIVERED)}`],
      [
        "FailedMount",
        `MountVolume.SetUp failed for volume "db" : secret "${deliveredName(...DELIVERED)}" not found`,
      ],
    ] as const
  ).map(([Reason, Message]): Case => ({
    ...{ alert: "mount-failed", fires },
    when: `a pod waits for its Secret: ${Reason}, ${Message}`,
    rows: {
      KubeEvents: [
        { TimeGenerated: ago(4), Namespace: "app", Name: "app-green-1", Reason, Message },
      ],
    },
  })),
  {
    ...{ alert: "mount-failed", fires },
    when: "the pod for which the driver is to write the Secret goes on waiting for it",
    rows: { KubeEvents: [holds(7), holds(4), holds(2)] },
  },
  {
    ...{ alert: "mount-failed", fires: false },
    when: "another volume or Secret is late, a holder waits, or another namespace has trouble",
    rows: {
      KubeEvents: [
        {
          ...{ TimeGenerated: ago(4), Namespace: "app", Name: "app-green-1", Reason: "Failed" },
          Message: 'Error: secret "app-tls" not found',
        },
        holds(4),
        holds(3),
        {
          ...{ TimeGenerated: ago(4), Namespace: "app", Name: "app-green-1", Reason: "Failed" },
          Message: 'Failed to pull image "example.azurecr.io/app-green-1": not found',
        },
        {
          ...{
            TimeGenerated: ago(4),
            Namespace: "app",
            Name: "app-green-1",
            Reason: "FailedMount",
          },
          Message: 'MountVolume.SetUp failed for volume "kube-api-access" : object not registered',
        },
        {
          ...{ TimeGenerated: ago(4), Namespace: "shop", Name: "x", Reason: "FailedMount" },
          Message: "failed to mount secrets-store.csi.k8s.io",
        },
      ],
    },
  },
  {
    ...{ alert: "gateway-errors", fires },
    when: "clients of the application are answered with errors",
    rows: { AGWAccessLogs: errors(11, "App.example.com", 503) },
  },
  {
    ...{ alert: "gateway-errors", fires: false },
    when: "a scanner asks the stage host of a retired slot, few clients see errors, and many a 404",
    rows: {
      AGWAccessLogs: [
        ...errors(500, "blue.app.example.com", 502),
        ...errors(10, "app.example.com", 502),
        ...errors(500, "app.example.com", 404),
      ],
    },
  },
];

/** What Azure hands to the query: the rows of the alert's window. */
function within(window: string, rows: LogRows): LogRows {
  const begin = ago(minutesOf(window)!);
  return Object.fromEntries(
    Object.entries(rows).map(([table, all]) => [
      table,
      all.filter(({ TimeGenerated }) => String(TimeGenerated) >= begin),
    ]),
  );
}

describe("the alerts of an application", () => {
  it("are, with those of the platform, the sections of the runbook, each with what it means, how to look and what to do", () => {
    const runbook = readFileSync(RUNBOOK, "utf8");
    const [, chapter = ""] = runbook.split(/^## When an alert fires$/m);
    const sections = chapter.split(/^## /m)[0]!.split(/^### /m).slice(1);
    assert.deepStrictEqual(
      sections.map((section) => section.split("\n")[0]),
      Object.keys({ ...APPLICATION_ALERTS, ...PLATFORM_ALERTS }),
    );
    for (const section of sections) {
      for (const part of ["**Means.**", "**Look.**", "**Do.**"]) {
        assert.ok(section.includes(part), `${section.split("\n")[0]} has no ${part}`);
      }
    }
  });

  it("look back two days at most, which is all that Azure asks a workspace", () => {
    for (const [key, { every, window }] of queryAlerts) {
      assert.ok(minutesOf(window)! <= 2 * 24 * 60, key);
      assert.ok(minutesOf(every)! <= minutesOf(window)!, key);
    }
  });

  for (const [key, { query }] of queryAlerts) {
    it(`ask for ${key} in Kusto as Microsoft reads it, for columns that the tables have`, () => {
      assert.deepStrictEqual(kustoProblems(query("app", WATCHED)), []);
      assert.notDeepStrictEqual(
        kustoProblems(`${query("app", WATCHED)} | where NoSuchColumn == 1`),
        [],
      );
    });
  }

  describe("on logs", () => {
    const answers = new Map<Case, Record<string, unknown>[]>();

    before(async function () {
      this.timeout(180_000);
      const asked = CASES.map(({ alert, rows }) => {
        const { query, window } = APPLICATION_ALERTS[alert] as QueryAlert;
        return { query: query("app", WATCHED), rows: within(window, rows) };
      });
      const given = await answersOf(this, asked);
      CASES.forEach((one, index) => answers.set(one, given[index]!));
    });

    it("have a case each in which they fire and one in which they do not", () => {
      for (const [key] of queryAlerts) {
        const own = CASES.filter(({ alert }) => alert === key);
        assert.deepStrictEqual([...new Set(own.map((one) => one.fires))].sort(), [false, true]);
      }
    });

    for (const one of CASES) {
      it(`${one.alert} ${one.fires ? "fires" : "keeps still"} when ${one.when}`, () => {
        const rows = answers.get(one)!;
        assert.strictEqual(rows.length > 0, one.fires, JSON.stringify(rows));
      });
    }
  });
});
