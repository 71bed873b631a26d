import assert from "node:assert";
import {
  type MetricAlert,
  PLATFORM_ALERTS,
  type PlatformQueryAlert,
} from "../../../components/platform/alerts";
import { kustoProblems } from "../../support/kustoLanguage";
import type { LogRows } from "../../support/logTables";
import { answersOf } from "../application/kusto";

const WATCHED = { deployer: "deployer-object", administrator: "rotation_admin" };

type Key = "administrator-login" | "role-changed" | "state-key";

const queryOf = (key: Key) => PLATFORM_ALERTS[key].query(WATCHED);

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString().replace("T", " ").replace("Z", "");
}

function server(minutes: number, ProcessId: number, Message: string) {
  return {
    TimeGenerated: ago(minutes),
    ErrorLevel: "LOG",
    SqlErrorCode: "00000",
    ProcessId,
    Message,
  };
}

const login = (minutes: number, process: number, user: string) =>
  server(minutes, process, `connection authorized: user=${user} database=app SSL enabled`);

/** As pgaudit 18.0 has written them. */
const audited = (minutes: number, process: number, said: string) =>
  server(minutes, process, `AUDIT: SESSION,1,1,${said},<not logged>`);
const ALTERED = "ROLE,ALTER ROLE,,,ALTER ROLE app_blue PASSWORD <REDACTED>";

function vault(minutes: number, OperationName: string, oid: string) {
  return {
    TimeGenerated: ago(minutes),
    OperationName,
    HttpStatusCode: 200,
    Id: "https://kv.vault.azure.net/keys/state/1",
    CallerIpAddress: "10.0.0.4",
    Identity: JSON.stringify({ claim: { appid: "cli", oid } }),
  };
}

const proof = (minutes: number) => ({
  TimeGenerated: ago(minutes),
  PodNamespace: "app",
  ContainerName: "proof",
  PodName: "rotation-proof-x",
  LogMessage: "{}",
});

const CASES: readonly (readonly [key: Key, fires: boolean, when: string, rows: LogRows])[] = [
  [
    "administrator-login",
    true,
    "no run is near",
    {
      PGSQLServerLogs: [login(90, 1, "rotation_admin")],
      AZKVAuditLogs: [vault(5, "SecretSet", "x")],
    },
  ],
  [
    "administrator-login",
    true,
    "somebody else uses the key of the state at that time",
    {
      PGSQLServerLogs: [login(90, 1, "rotation_admin")],
      AZKVAuditLogs: [vault(90, "KeyDecrypt", "somebody-object")],
    },
  ],
  [
    "administrator-login",
    false,
    "a preview of whoever runs `pulumi up` opens the state",
    {
      PGSQLServerLogs: [login(90, 1, "rotation_admin")],
      AZKVAuditLogs: [vault(91, "KeyDecrypt", "DEPLOYER-object")],
    },
  ],
  [
    "administrator-login",
    false,
    "a proof of the run prints its line half an hour later",
    { PGSQLServerLogs: [login(90, 1, "rotation_admin")], ContainerLogV2: [proof(60)] },
  ],
  ["administrator-login", false, "a slot logs in", { PGSQLServerLogs: [login(90, 1, "app_blue")] }],
  [
    "role-changed",
    true,
    "the live role gives itself another password, in a run too",
    {
      PGSQLServerLogs: [login(100, 7, "app_blue"), audited(90, 7, ALTERED)],
      AZKVAuditLogs: [vault(90, "SecretSet", "deployer-object")],
    },
  ],
  [
    "role-changed",
    true,
    "the process was the administrator's, and is somebody else's by now",
    { PGSQLServerLogs: [login(20, 7, "rotation_admin"), audited(90, 7, ALTERED)] },
  ],
  [
    "role-changed",
    false,
    "the administrator does it, as in every run",
    { PGSQLServerLogs: [login(91, 7, "rotation_admin"), audited(90, 7, ALTERED)] },
  ],
  [
    "role-changed",
    false,
    "a migration makes a table and grants on it",
    {
      PGSQLServerLogs: [
        login(91, 7, "app_migrator"),
        audited(90, 7, "DDL,CREATE TABLE,,,CREATE TABLE t(i int)"),
        audited(90, 7, "ROLE,GRANT,,,GRANT SELECT ON t TO app_rw"),
      ],
    },
  ],
  ["state-key", true, "somebody opens it", { AZKVAuditLogs: [vault(4, "KeyUnwrap", "somebody")] }],
  [
    "state-key",
    false,
    "whoever runs `pulumi up` opens it, and others wrap",
    {
      AZKVAuditLogs: [vault(4, "KeyDecrypt", "DEPLOYER-object"), vault(4, "KeyWrap", "somebody")],
    },
  ],
];

describe("the alerts on logs of a platform", () => {
  const asked = Object.entries<MetricAlert | PlatformQueryAlert>(PLATFORM_ALERTS).filter(
    (entry): entry is [Key, PlatformQueryAlert] => entry[1].kind === "query",
  );

  it("have a case each in which they fire and one in which they do not", () => {
    for (const [key] of asked) {
      const own = CASES.filter(([one]) => one === key).map(([, fires]) => fires);
      assert.deepStrictEqual([...new Set(own)].sort(), [false, true], key);
    }
  });

  for (const [key] of asked) {
    it(`ask for ${key} in Kusto as Microsoft reads it, for columns that the tables have`, () => {
      assert.deepStrictEqual(kustoProblems(queryOf(key)), []);
    });
  }

  it("fire and keep still when they should", async function () {
    this.timeout(180_000);
    const given = await answersOf(
      this,
      CASES.map(([key, , , rows]) => ({ query: queryOf(key), rows })),
    );
    assert.deepStrictEqual(
      CASES.map(([key, , when], index) => [key, when, given[index]!.length > 0]),
      CASES.map(([key, fires, when]) => [key, when, fires]),
    );
  });
});
