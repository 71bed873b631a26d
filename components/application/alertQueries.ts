import { namesOf, SLOTS, VERSION_DIGITS } from "../plan";
import { isRunner, outsideOfRuns } from "../platform/alertQueries";
import type { Watched } from "../platform/alerts";

/**
 * The Kusto queries of the log alerts; each gives a row when its alert should fire. Tables and
 * columns are those of the "Azure Monitor Logs reference"; the time range is the alert's window.
 */

/** The proofs' lines of evidence (`images/tools`), of every age. */
export function evidence(namespace: string): string {
  return `let evidence = ContainerLogV2
| where PodNamespace == "${namespace}" and ContainerName == "proof"
| extend Line = parse_json(tostring(LogMessage))
| extend Proof = tostring(Line.proof), Ok = tobool(Line.ok)
| where isnotempty(Proof);`;
}

/**
 * A version of a slot's secret that was made and mounted, or delivered by a Secret, or that passed the
 * proof before a promotion, more than an hour ago, and that production has not answered with since.
 *
 * A Secret's name ends with digits of the version (`deliveredName`). The engine applies it, which the
 * API server calls a patch.
 * The names of Jobs and so of pods hold the plan: \`...-before-promotion-3-live-2-...\` passed in a
 * run that only staged generation 3, which is deliberate. A retirement or a withdraw writes the secret
 * again: nobody mounts that version, and what it replaces is given up.
 */
export function rotationNotCompleted(application: string, { namespace }: Watched): string {
  return `${evidence(namespace)}
let vault = AZKVAuditLogs
| where HttpStatusCode between (200 .. 299)
| extend Secret = extract("/secrets/([^/?]+)", 1, Id), Version = extract("/secrets/[^/]+/([0-9a-f]+)", 1, Id)
| where Secret in (${SLOTS.map((slot) => `"${namesOf(application).slot(slot).secret}"`).join(", ")}) and isnotempty(Version);
let mounted = vault | where OperationName == "SecretGet" | distinct Version;
let delivered = AKSAuditAdmin
| where Verb in ("create", "patch") and toint(ResponseStatus.code) between (200 .. 299)
| where tostring(ObjectRef.resource) == "secrets" and tostring(ObjectRef.namespace) == "${namespace}"
| extend Digits = extract("^${slotSecret(application)}-.*-([0-9a-f]{${VERSION_DIGITS}})$", 2, tostring(ObjectRef.name))
| where isnotempty(Digits)
| distinct Digits;
let made = vault | where OperationName == "SecretSet";
let newest = made | summarize arg_max(TimeGenerated, Version) by Secret | project Version, TimeGenerated;
let replaced = made | where Version !in (newest) | project Version;
let waiting = newest
| where TimeGenerated < ago(1h) and (Version in (mounted) or substring(Version, 0, ${VERSION_DIGITS}) in (delivered))
| project Version;
let proved = evidence
| where Proof == "before-promotion" and Ok
| extend Version = tostring(Line.secretVersion)
| extend Counter = extract("before-promotion-([0-9]+)-live-", 1, PodName), Live = extract("-live-([0-9]+)", 1, PodName);
let staged = proved | where Counter != Live | project Version;
let promising = proved | where Counter == Live and TimeGenerated < ago(1h) | project Version;
let promoted = evidence
| where Proof == "after-promotion" and Ok
| project Version = tostring(Line.secretVersion);
union waiting, promising
| distinct Version
| where Version !in (staged) and Version !in (promoted) and Version !in (replaced)`;
}

/** A proof that failed, could not decide, or had wrong settings. */
export function proofFailed(_application: string, { namespace }: Watched): string {
  return `${evidence(namespace)}
evidence
| where not(Ok)
| project TimeGenerated, PodName, Proof, Reason = tostring(Line.reason)`;
}

/**
 * A refused login of one of the application's roles. The proof of a retirement makes one 28000 on
 * purpose, so what lies within such a proof does not count; a consumer that still has the old
 * credential comes again later. Rows wait 15 minutes, because logs of the database and of the
 * cluster do not arrive together.
 */
export function loginRefused(application: string, { namespace }: Watched): string {
  return `${evidence(namespace)}
let refusals = PGSQLServerLogs
| where SqlErrorCode in ("28P01", "28000") and TimeGenerated < ago(15m)
| extend Role = extract("\\"(${application}_[a-z]+)\\"", 1, Message)
| where isnotempty(Role);
let deliberate = evidence
| where Proof == "refused"
| project Role = tostring(Line.role), Begin = todatetime(Line.started) - 30s, End = TimeGenerated + 30s;
refusals
| join kind=leftouter deliberate on Role
| extend Deliberate = SqlErrorCode == "28000" and isnotnull(Begin) and TimeGenerated between (Begin .. End)
| summarize Deliberate = max(toint(Deliberate)) by TimeGenerated, Role, SqlErrorCode, ProcessId
| where Deliberate == 0`;
}

/**
 * A session that was there before its role was proved to be retired, and still is. The table knows
 * roles by their object id only, which the proof tells. Later sessions are those of the role's next
 * generation: a retired role cannot begin one.
 */
export function retiredSessions(_application: string, { namespace }: Watched): string {
  return `${evidence(namespace)}
let retired = evidence
| where Proof == "refused" and Ok
| project UserId = toint(Line.roleId), Role = tostring(Line.role), Retired = TimeGenerated;
PGSQLPgStatActivitySessions
| where TimeGenerated > ago(30m)
| join kind=inner retired on UserId
| where BackendStartTime < Retired and CollectionTime > Retired
| summarize Sessions = dcount(ProcessId) by Role`;
}

/** The vault answered 403: a role is missing, a network is not allowed, or a secret is disabled. */
export function vaultForbidden(): string {
  return `AZKVAuditLogs
| where HttpStatusCode == 403
| project TimeGenerated, OperationName, Id, CallerIpAddress, ResultDescription`;
}

/**
 * A secret that was read with another identity than the one whose pods mount it, or makes it. Whoever
 * runs `pulumi up` reads them in runs; what they read outside of one is told an hour later.
 */
export function unexpectedReader(
  application: string,
  { readers: { blue, green, proofs, retired, ...runners } }: Watched,
): string {
  const names = namesOf(application);
  return `let reads = AZKVAuditLogs
| where OperationName == "SecretGet" and HttpStatusCode between (200 .. 299)
| extend Secret = extract("/secrets/([^/?]+)", 1, Id), Caller = tostring(Identity.claim.appid)
| extend Reader = case(
    Secret == "${names.slot("blue").secret}", "${blue}",
    Secret == "${names.slot("green").secret}", "${green}",
    Secret == "${names.secrets.rotator}", "${proofs}",
    Secret == "${names.secrets.retired}", "${retired}",
    "")
| extend IsDeployer = ${isRunner(runners)}
| where Reader != "" and Caller !~ Reader
| project TimeGenerated, Secret, Caller, CallerIpAddress, IsDeployer;
let deployers = reads | where IsDeployer;
let strangers = reads
| where not(IsDeployer) and TimeGenerated > ago(15m)
| project TimeGenerated, Secret, Caller, CallerIpAddress;
${outsideOfRuns(runners, "deployers", "Secret, Caller, CallerIpAddress")}
union strangers, outside`;
}

/**
 * A pod whose credential the kubelet does not get: by a volume of the Secrets Store CSI driver, or by
 * a Secret that is not there or lacks a key, in a variable (`Failed`) or a volume. A pod that has the
 * driver write the Secret waits for it each time, but not for long.
 */
export function mountFailed(application: string, { namespace }: Watched): string {
  const missing = `(secret \\"|Secret ${namespace}/)${slotSecret(application)}-`;
  return `KubeEvents
| where Namespace == "${namespace}" and Reason in ("FailedMount", "Failed")
| where (Reason == "FailedMount" and (Message has "secrets-store" or Message has "non-existent secret key"))
    or Message matches regex "${missing}"
| extend Holds = Name matches regex "^${slotSecret(application)}-.*-holder-" and Message !has "secrets-store"
| summarize First = min(TimeGenerated), Last = max(TimeGenerated), Message = max(Message) by Name, Holds
| where not(Holds) or Last > First + 2m`;
}

/** As a regular expression with one group: names of the secrets of both slots. */
function slotSecret(application: string): string {
  const secrets = SLOTS.map((slot) => namesOf(application).slot(slot).secret);
  return `(${secrets.join("|")})`;
}

/**
 * Errors under the application's own host. Others are not counted: the stage host of a retired slot
 * has no pods, so every scanner that knows its name is answered with 502.
 */
export function gatewayErrors(_application: string, { productionHost }: Watched): string {
  return `AGWAccessLogs
| where HttpStatus >= 500 and OriginalHost =~ "${productionHost}"
| summarize Errors = count()
| where Errors > 10`;
}
