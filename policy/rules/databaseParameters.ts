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
      title: "TLS 1.2 is the oldest that the server speaks.",
      parameter: "ssl_min_protocol_version",
      values: ["TLSv1.2", "TLSv1.3"],
    },
    {
      id: "CKV_AZURE_31",
      also: ["AVD-AZU-0019"],
      title: "The log has every connection.",
      parameter: "log_connections",
      values: ["on"],
    },
    {
      id: "CKV_AZURE_30",
      also: ["AVD-AZU-0024"],
      title: "The log has every checkpoint.",
      parameter: "log_checkpoints",
      values: ["on"],
    },
    {
      id: "CKV_AZURE_32",
      also: ["AVD-AZU-0021"],
      title: "Who fails to log in too often is slowed down, where Azure can still do that.",
      parameter: "connection_throttle.enable",
      values: ["on"],
      goneIn: 18,
    },
    {
      id: "ROT-PG-14",
      title: "The log has the end of every connection.",
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
      title: "Nobody logs in with MD5.",
      reference: SCRAM,
      parameter: "azure.accepted_password_auth_method",
      values: ["scram-sha-256"],
    },
    {
      id: "ROT-PG-17",
      title: "The log holds no statement, which may hold a secret.",
      reference: LOGGING,
      parameter: "log_statement",
      values: ["none"],
    },
    {
      id: "ROT-PG-21",
      title: "The log holds no statement that failed.",
      reference: LOGGING,
      parameter: "log_min_error_statement",
      values: ["panic"],
    },
    {
      id: "ROT-PG-22",
      title: "The log holds no statement that was slow.",
      reference: LOGGING,
      parameter: "log_min_duration_statement",
      values: ["-1"],
    },
    {
      id: "ROT-PG-23",
      title: "The log holds no statement by chance.",
      reference: LOGGING,
      parameter: "log_min_duration_sample",
      values: ["-1"],
    },
    {
      id: "ROT-PG-25",
      title: "The log holds no value that was bound to a statement.",
      reference: LOGGING,
      parameter: "log_parameter_max_length",
      values: ["0"],
    },
    {
      id: "ROT-PG-26",
      title: "The log holds no value that was bound to a statement that failed.",
      reference: LOGGING,
      parameter: "log_parameter_max_length_on_error",
      values: ["0"],
    },
    {
      id: "ROT-PG-27",
      title: "The log has every change of a role and of the schema.",
      reference: AUDIT,
      parameter: "pgaudit.log",
      values: ["role,ddl"],
    },
    {
      id: "ROT-PG-28",
      title: "The audit holds no value that was bound to a statement.",
      reference: AUDIT,
      parameter: "pgaudit.log_parameter",
      values: ["off"],
    },
    {
      id: "ROT-PG-29",
      title: "The audit is not told to clients.",
      reference: AUDIT,
      parameter: "pgaudit.log_client",
      values: ["off"],
    },
    {
      id: "ROT-PG-30",
      title: "Statistics hold no statement that changes a role.",
      reference: STATISTICS,
      parameter: "pg_stat_statements.track_utility",
      values: ["off"],
    },
    {
      id: "ROT-PG-31",
      title: "The query store holds no statement that changes a role.",
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
          : `${parameter} is ${value || "not set"}, it must be ${values.join(" or ")}.`;
      },
    };
  });
}
