import {
  ProviderError,
  Secret,
  UNKNOWN,
  type Checked,
  type Properties,
  type Value,
} from "../../plugin/provider";
import { plain } from "../../plugin/values";
import type { ConnectionSettings } from "./connection";

/** What the environment says for what the configuration leaves open. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  connectTimeout: "PGCONNECT_TIMEOUT",
  database: "PGDATABASE",
  host: "PGHOST",
  password: "PGPASSWORD",
  port: "PGPORT",
  sslmode: "PGSSLMODE",
  superuser: "PGSUPERUSER",
  username: "PGUSER",
};

const DEFAULTS: Readonly<Record<string, string>> = {
  connectTimeout: "180",
  database: "postgres",
  databaseUsername: "",
  expectedVersion: "9.0.0",
  host: "",
  maxConnections: "20",
  password: "",
  port: "5432",
  scheme: "postgres",
  sslmode: "",
  sslrootcert: "",
  superuser: "true",
  username: "postgres",
};

/** Properties that the engine adds to every provider's inputs. */
const OF_THE_ENGINE = ["__internal", "pluginDownloadURL", "version"];

const LIMITS = ["connectTimeout", "maxConnections"];

const NUMBERS = ["connectTimeout", "maxConnections", "port"];

/** The engine wants every value of a provider's configuration as JSON in a string. */
export function checkConfiguration(inputs: Properties): Checked {
  const encoded = Object.entries(inputs).map(([name, value]) => [
    name,
    name === "password" && value !== UNKNOWN ? hidden(value) : asText(value),
  ]);
  const failures = Object.entries(inputs).flatMap(([name, value]) =>
    problems(name, plain(value)).map((problem) => ({
      property: "",
      reason: `could not validate provider configuration: ${problem}`,
    })),
  );
  return { inputs: Object.fromEntries(encoded) as Properties, failures };
}

function hidden(value: Value): Secret {
  return value instanceof Secret ? value : new Secret(asText(value));
}

function asText(value: Value): Value {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

function problems(name: string, value: Value | undefined): string[] {
  if (OF_THE_ENGINE.includes(name) || value === UNKNOWN || value === null) {
    return [];
  }
  if (!(name in DEFAULTS)) {
    return [`Invalid or unknown key. The PostgreSQL twin does not know ${name}.`];
  }
  const text = asText(value ?? "");
  if (typeof text !== "string" || (NUMBERS.includes(name) && !/^-?\d+(\.\d+)?$/.test(text))) {
    return [`${name} must be a ${NUMBERS.includes(name) ? "whole number" : "text"}.`];
  }
  if (name === "superuser" && !["true", "false"].includes(text)) {
    return ["superuser must be true or false."];
  }
  if (LIMITS.includes(name) && Number(text) < -1) {
    return [`expected ${name} to be at least (-1), got ${text}.`];
  }
  if (name === "expectedVersion" && !/^v?\d+(\.\d+){0,2}([-+][\w.+-]+)?$/.test(text)) {
    return [`invalid version ("${text}").`];
  }
  return name === "scheme" && text !== "postgres"
    ? ["The PostgreSQL twin knows no other scheme than postgres."]
    : [];
}

/** The settings that a configuration stands for. */
export function connectionSettings(inputs: Properties): ConnectionSettings {
  const bare = plain(inputs) as Properties;
  const text = (name: string): string => {
    const value = bare[name] ?? process.env[ENVIRONMENT[name] ?? ""] ?? DEFAULTS[name];
    if (value === UNKNOWN) {
      throw new ProviderError(`The PostgreSQL provider's ${name} is not known yet.`);
    }
    return value as string;
  };
  return {
    host: text("host"),
    port: Math.trunc(Number(text("port"))),
    database: text("database"),
    username: text("username"),
    databaseUsername: text("databaseUsername"),
    password: text("password"),
    sslmode: text("sslmode"),
    sslrootcert: text("sslrootcert"),
    connectTimeout: Math.trunc(Number(text("connectTimeout"))),
    maxConnections: Math.trunc(Number(text("maxConnections"))),
    superuser: text("superuser") === "true",
  };
}
