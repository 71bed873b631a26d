import { SERVER } from "./database";
import type { Rule } from "./rule";
import { oneOf } from "./setting";
import { at, ofType, text } from "./values";

const PARAMETER = "azure-native:dbforpostgresql:Configuration";

const AUDIT = "Audit logging in Azure Database for PostgreSQL";
const STATISTICS = "PostgreSQL: pg_stat_statements";
const LOGS = "Logs in Azure Database for PostgreSQL";
const SCRAM = "SCRAM in Azure Database for PostgreSQL";
const LOGGING = "PostgreSQL: error reporting and logging";

interface Parameter extends Pick<Rule, "id" | "also" | "title" | "reference"> {
  readonly parameter: string;
  readonly values: readonly string[];
  /** Major version from which on the parameter no longer exists. */
  readonly goneIn?: number;
}

/** Rules about the parameters of the database server. */
export const DATABASE_PARAMETER_RULES: readonly Rule[] = [
  ...parameters(
    {
      id: "CKV_AZURE_29",
      also: ["AVD-AZU-0020"],
      title: "Connections are encrypted.",
      parameter: "require_secure_transport",
      values: ["on"],
    },
    {
      id: "CKV_AZURE_147",
      also: ["AVD-AZU-0026"],
      title: "The server requires TLS 1.2 or newer.",
      parameter: "ssl_min_protocol_version",
      values: ["TLSv1.2", "TLSv1.3"],
    },
    {
      id: "CKV_AZURE_31",
      also: ["AVD-AZU-0019"],
      title: "Connections are logged.",
      parameter: "log_connections",
      values: ["on"],
    },
    {
      id: "CKV_AZURE_30",
      also: ["AVD-AZU-0024"],
      title: "Checkpoints are logged.",
      parameter: "log_checkpoints",
      values: ["on"],
    },
    {
      id: "CKV_AZURE_32",
      also: ["AVD-AZU-0021"],
      title: "Repeated failed logins are throttled, where Azure still supports it.",
      parameter: "connection_throttle.enable",
      values: ["on"],
      goneIn: 18,
    },
    {
      id: "ROT-PG-14",
      title: "Disconnections are logged.",
      reference: LOGS,
      parameter: "log_disconnections",
      values: ["on"],
    },
    {
      id: "ROT-PG-15",
      title: "Passwords are stored as SCRAM verifiers.",
      reference: SCRAM,
      parameter: "password_encryption",
      values: ["scram-sha-256"],
    },
    {
      id: "ROT-PG-16",
      title: "MD5 logins are not accepted.",
      reference: SCRAM,
      parameter: "azure.accepted_password_auth_method",
      values: ["scram-sha-256"],
    },
    {
      id: "ROT-PG-17",
      title: "Statements, which may contain secrets, are not logged.",
      reference: LOGGING,
      parameter: "log_statement",
      values: ["none"],
    },
    {
      id: "ROT-PG-21",
      title: "Failed statements are not logged.",
      reference: LOGGING,
      parameter: "log_min_error_statement",
      values: ["panic"],
    },
    {
      id: "ROT-PG-22",
      title: "Slow statements are not logged.",
      reference: LOGGING,
      parameter: "log_min_duration_statement",
      values: ["-1"],
    },
    {
      id: "ROT-PG-23",
      title: "Statements are not sampled into the log.",
      reference: LOGGING,
      parameter: "log_min_duration_sample",
      values: ["-1"],
    },
    {
      id: "ROT-PG-25",
      title: "Bind parameters are not logged.",
      reference: LOGGING,
      parameter: "log_parameter_max_length",
      values: ["0"],
    },
    {
      id: "ROT-PG-26",
      title: "Bind parameters of failed statements are not logged.",
      reference: LOGGING,
      parameter: "log_parameter_max_length_on_error",
      values: ["0"],
    },
    {
      id: "ROT-PG-27",
      title: "Role and schema changes are logged.",
      reference: AUDIT,
      parameter: "pgaudit.log",
      values: ["role,ddl"],
    },
    {
      id: "ROT-PG-28",
      title: "The audit log contains no bind parameters.",
      reference: AUDIT,
      parameter: "pgaudit.log_parameter",
      values: ["off"],
    },
    {
      id: "ROT-PG-29",
      title: "The audit log is not sent to clients.",
      reference: AUDIT,
      parameter: "pgaudit.log_client",
      values: ["off"],
    },
    {
      id: "ROT-PG-30",
      title: "Statement statistics contain no role changes.",
      reference: STATISTICS,
      parameter: "pg_stat_statements.track_utility",
      values: ["off"],
    },
    {
      id: "ROT-PG-31",
      title: "The query store contains no role changes.",
      reference: STATISTICS,
      parameter: "pg_qs.track_utility",
      values: ["off"],
    },
  ),
];

function parameters(...all: readonly Parameter[]): Rule[] {
  return all.map(({ parameter, values, goneIn = Infinity, ...rest }) => {
    return {
      ...rest,
      appliesTo: [SERVER],
      needsStack: true,
      check: (props, { all: resources }) => {
        const set = ofType(resources, PARAMETER).find(
          (each) => each.props["configurationName"] === parameter,
        );
        const value = text(set?.props["value"]);
        return Number(at(props, "version")) >= goneIn ||
          oneOf(...values).met(value.toLowerCase()) ||
          oneOf(...values).met(value)
          ? undefined
          : `${parameter} is ${value || "not set"}; it must be ${values.join(" or ")}.`;
      },
    };
  });
}
