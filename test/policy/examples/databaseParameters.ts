import { type Examples, pair, type Pair } from "./example";

export const DATABASE_PARAMETER_EXAMPLES: Examples = {
  CKV_AZURE_29: parameter("require_secure_transport", "on", "off"),
  CKV_AZURE_147: parameter("ssl_min_protocol_version", "TLSv1.2", "TLSv1"),
  CKV_AZURE_31: parameter("log_connections", "on", "off"),
  CKV_AZURE_30: parameter("log_checkpoints", "on", "off"),
  CKV_AZURE_32: parameter("connection_throttle.enable", "on", "off"),
  "ROT-PG-14": parameter("log_disconnections", "on", "off"),
  "ROT-PG-15": parameter("password_encryption", "scram-sha-256", "md5"),
  "ROT-PG-16": parameter(
    "azure.accepted_password_auth_method",
    "scram-sha-256",
    "md5,scram-sha-256",
  ),
  "ROT-PG-17": parameter("log_statement", "none", "all"),
  "ROT-PG-21": parameter("log_min_error_statement", "panic", "error"),
  "ROT-PG-22": parameter("log_min_duration_statement", "-1", "0"),
  "ROT-PG-23": parameter("log_min_duration_sample", "-1", "0"),
  "ROT-PG-25": parameter("log_parameter_max_length", "0", "-1"),
  "ROT-PG-26": parameter("log_parameter_max_length_on_error", "0", "-1"),
  "ROT-PG-27": parameter("pgaudit.log", "role,ddl", "none"),
  "ROT-PG-28": parameter("pgaudit.log_parameter", "off", "on"),
  "ROT-PG-29": parameter("pgaudit.log_client", "off", "on"),
  "ROT-PG-30": parameter("pg_stat_statements.track_utility", "off", "on"),
  "ROT-PG-31": parameter("pg_qs.track_utility", "off", "on"),
};

function parameter(configurationName: string, good: string, bad: string): Pair {
  return pair(
    (value) => ({
      props: { serverName: "psql", version: "17" },
      others: [
        {
          type: "azure-native:dbforpostgresql:Configuration",
          name: configurationName,
          props: { configurationName, value },
        },
      ],
    }),
    good,
    bad,
  );
}
