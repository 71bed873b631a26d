import * as dbforpostgresql from "@pulumi/azure-native/dbforpostgresql";
import type * as pulumi from "@pulumi/pulumi";
import {
  type Audit,
  AUDIT_PARAMETERS,
  auditHook,
  LIBRARIES,
  PRELOADED,
  watchRestart,
} from "./audit";

/**
 * What the server is told beyond its defaults. Defaults are named where a promise rests on them.
 * All of them but the libraries take effect without a restart.
 */
const PARAMETERS: readonly (readonly [name: string, value: string])[] = [
  ["require_secure_transport", "on"],
  ["ssl_min_protocol_version", "TLSv1.2"],
  // MD5 verifiers are as good as the password itself.
  ["password_encryption", "scram-sha-256"],
  ["azure.accepted_password_auth_method", "scram-sha-256"],
  // Who came and went: the evidence for alerts on refused logins and on a retired role's sessions.
  ["log_connections", "on"],
  ["log_disconnections", "on"],
  ["log_checkpoints", "on"],
  // No statement may reach the log. A new password travels as a verifier inside of one, and what
  // was never logged needs no look at who reads the logs. The rest are the other ways into the log:
  // a statement that failed, one that was slow or drawn by lot, and the values bound to one.
  ["log_statement", "none"],
  ["log_min_error_statement", "panic"],
  ["log_min_duration_statement", "-1"],
  ["log_min_duration_sample", "-1"],
  ["log_duration", "off"],
  ["log_parameter_max_length", "0"],
  ["log_parameter_max_length_on_error", "0"],
];

/**
 * Versions in which `connection_throttle.enable` exists. Azure's list of server parameters has it up
 * to PostgreSQL 17; the one of 18 does not.
 */
const THROTTLED_VERSIONS: readonly string[] = ["17"];

/** Name and value of every server parameter that a version of PostgreSQL gets. */
export function serverParameters(
  version: string,
  audit: Audit = "pgaudit",
): readonly (readonly [string, string])[] {
  const isThrottled = THROTTLED_VERSIONS.includes(version);
  return [
    ...PARAMETERS,
    ...(isThrottled ? [["connection_throttle.enable", "on"] as const] : []),
    ...AUDIT_PARAMETERS,
    ...(audit === "pgaudit" ? [[PRELOADED, LIBRARIES[version]!] as const] : []),
  ];
}

export interface DatabaseParametersArgs {
  /** Resource group of the server. */
  readonly resourceGroupName: pulumi.Input<string>;
  readonly serverName: pulumi.Input<string>;
  /** Major version of PostgreSQL, e.g. `18`: not every version has every parameter. */
  readonly version: string;
  /**
   * Who decides what the server loads.
   * @default pgaudit
   */
  readonly audit?: Audit | undefined;
}

/** Sets the server parameters; the last of them comes after all others. */
export function databaseParameters(
  name: string,
  { resourceGroupName, serverName, version, audit }: DatabaseParametersArgs,
  { parent, dependsOn }: { parent: pulumi.Resource; dependsOn: pulumi.Resource[] },
): pulumi.Resource[] {
  let before = dependsOn;
  for (const [configurationName, value] of serverParameters(version, audit)) {
    const isPreloaded = configurationName === PRELOADED;
    const hook = isPreloaded ? auditHook(name) : undefined;
    // One after another: Azure refuses a write while the server is busy with another one.
    const parameter = new dbforpostgresql.Configuration(
      `${name}-${configurationName}`,
      { resourceGroupName, serverName, configurationName, value, source: "user-override" },
      {
        parent,
        dependsOn: before,
        ...(hook && { hooks: { beforeCreate: [hook], beforeUpdate: [hook] } }),
      },
    );
    if (isPreloaded) {
      watchRestart(parameter, serverName, resourceGroupName);
    }
    before = [parameter];
  }
  return before;
}
