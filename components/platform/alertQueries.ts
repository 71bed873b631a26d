/**
 * The Kusto queries of the log alerts on what applications share, and what all alerts take for a run.
 * Tables and columns are those of the "Azure Monitor Logs reference"; the time range is the alert's
 * window.
 */

/** Whose use of keys and secrets belongs to runs. */
export interface Runners {
  /** Object id of whoever runs `pulumi up`. */
  readonly deployer: string;
  /** Object id of whoever previews it, where that is somebody else. */
  readonly previewer?: string | undefined;
}

/** What a platform's queries are asked with. */
export interface PlatformWatched extends Runners {
  /** Login of the database server's administrator. */
  readonly administrator: string;
}

/** Whether a row of the vault's log is about somebody who runs `pulumi up`, or previews it. */
export function isRunner({ deployer, previewer }: Runners, not: "" | "!" = ""): string {
  const [is, isOneOf] = not === "" ? ["=~", "in~"] : ["!~", "!in~"];
  return previewer === undefined
    ? `tostring(Identity.claim.oid) ${is} "${deployer}"`
    : `tostring(Identity.claim.oid) ${isOneOf} ("${deployer}", "${previewer}")`;
}

/** Uses of a key that open what it has wrapped, such as the key of a stack's state. */
const UNWRAPS = `"KeyDecrypt", "KeyUnwrap"`;

/**
 * `marks`: what only a run leaves. A secret is written, a proof prints its line, or whoever runs
 * `pulumi up` has the key of the state open it, which every command of the engine does, previews too;
 * that is here only if the vault of that key sends its log to this workspace.
 */
function marks(runners: Runners): string {
  return `let written = AZKVAuditLogs
| where OperationName == "SecretSet" and HttpStatusCode between (200 .. 299)
| project Mark = TimeGenerated;
let opened = AZKVAuditLogs
| where OperationName in (${UNWRAPS}) and HttpStatusCode between (200 .. 299)
| where ${isRunner(runners)}
| project Mark = TimeGenerated;
let proved = ContainerLogV2
| where ContainerName == "proof"
| project Mark = TimeGenerated;
let marks = union written, opened, proved | extend Key = 1;`;
}

/**
 * `outside`: rows of `suspects` with no mark of a run within an hour. They are judged an
 * hour late, when every mark has arrived; the window has the hours before and after.
 *
 * @param columns of `suspects` that stay, besides the time
 */
export function outsideOfRuns(runners: Runners, suspects: string, columns: string): string {
  return `${marks(runners)}
let suspects = ${suspects}
| where TimeGenerated between (ago(2h) .. ago(1h))
| extend Key = 1, Begin = TimeGenerated - 1h, End = TimeGenerated + 1h;
let outside = suspects
| join kind=leftouter marks on Key
| extend InRun = isnotnull(Mark) and Mark between (Begin .. End)
| summarize InRun = max(toint(InRun)) by TimeGenerated, ${columns}
| where InRun == 0;`;
}

/** The window of a query that asks for runs, and how often it is asked. */
export const RUN_TIMES = { every: "PT15M", window: "PT3H" } as const;

/** A login of the administrator that belongs to no run. */
export function administratorLogin({ administrator, ...runners }: PlatformWatched): string {
  const logins = `PGSQLServerLogs
| where Message startswith "connection authorized: user=${administrator} "`;
  return `${outsideOfRuns(runners, logins, "ProcessId, Message")}
outside`;
}

/** Commands of pgaudit that make, change or end a role or a membership. */
const ROLE_CHANGE = `AUDIT: SESSION,[0-9]+,[0-9]+,ROLE,((CREATE|ALTER|DROP|GRANT|REVOKE) ROLE),`;

/**
 * A change of a role by anybody but the administrator, whose login is at most an hour older: the
 * provider keeps no connection. What the administrator changes outside of runs is a login outside of
 * runs. Azure's own superuser does not count.
 */
export function roleChanged({ administrator }: PlatformWatched): string {
  return `let logins = PGSQLServerLogs
| where Message startswith "connection authorized: user=${administrator} " or Message startswith "connection authorized: user=azuresu "
| project ProcessId, Login = TimeGenerated;
let changes = PGSQLServerLogs
| extend Command = extract("${ROLE_CHANGE}", 1, Message)
| where isnotempty(Command) and TimeGenerated between (ago(2h) .. ago(5m))
| extend Begin = TimeGenerated - 1h;
changes
| join kind=leftouter logins on ProcessId
| extend Known = isnotnull(Login) and Login between (Begin .. TimeGenerated)
| summarize Known = max(toint(Known)) by TimeGenerated, ProcessId, Command, Message
| where Known == 0`;
}

/** A key unwrapped something for another identity than those that run `pulumi up` or preview it. */
export function stateKey(runners: PlatformWatched): string {
  return `AZKVAuditLogs
| where OperationName in (${UNWRAPS}) and HttpStatusCode between (200 .. 299)
| where ${isRunner(runners, "!")}
| project TimeGenerated, OperationName, Id, CallerIpAddress`;
}
