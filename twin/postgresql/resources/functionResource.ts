import { ProviderError, type Properties } from "../../plugin/provider";
import { step, type Database } from "./connection";
import { identifier, literal } from "./quoting";
import type { ResourceData } from "./resourceData";
import type { ResourceType } from "./resourceType";
import type { Fields } from "./schema";

const fields: Fields = {
  args: {
    type: "list",
    upstream: "arg",
    forceNew: true,
    elements: {
      default: { type: "string" },
      mode: { type: "string", default: "IN", noneIs: "IN", forceNew: true },
      name: { type: "string", forceNew: true },
      type: {
        type: "string",
        required: true,
        forceNew: true,
        description: "The argument type.",
      },
    },
  },
  body: {
    type: "string",
    required: true,
    description: "Body of the function.",
    normalize: bare,
  },
  database: { type: "string", computed: true, forceNew: true },
  dropCascade: { type: "bool", default: false },
  language: { type: "string", default: "plpgsql", forceNew: true },
  name: { type: "string", forceNew: true },
  parallel: { type: "string", default: "UNSAFE", oneOf: ["UNSAFE", "RESTRICTED", "SAFE"] },
  returns: { type: "string", computed: true, forceNew: true },
  schema: { type: "string", computed: true, forceNew: true },
  securityDefiner: { type: "bool", default: false },
  strict: { type: "bool", default: false },
  volatility: {
    type: "string",
    default: "VOLATILE",
    oneOf: ["VOLATILE", "STABLE", "IMMUTABLE"],
  },
};

/** A function; it belongs to the provider's user. */
export const functionResource: ResourceType = {
  fields,

  async create(database, data) {
    await define(database, data, "CREATE FUNCTION");
    await read(database, data);
  },

  async update(database, data) {
    await define(database, data, "CREATE  OR REPLACE FUNCTION");
    await read(database, data);
  },

  read,

  async delete(database, data) {
    const { name, signature } = located(database, data);
    const mode = data.bool("dropCascade") ? "CASCADE" : "RESTRICT";
    await database
      .other(name)
      .transaction((query) => query(`DROP FUNCTION IF EXISTS ${signature} ${mode}`));
  },
};

/** A body may come with its dollar quotes. */
function bare(body: string): string {
  return /.*\$[a-z]*\$\s(?<body>.*)\s\$[a-z]*\$.*/is.exec(body)?.groups?.["body"] ?? body;
}

async function define(database: Database, data: ResourceData, command: string): Promise<void> {
  const [volatility, parallel] = [data.string("volatility"), data.string("parallel")];
  const clauses = [
    `RETURNS ${returnsOf(data)}`,
    `LANGUAGE ${data.string("language")}`,
    ...(volatility === "VOLATILE" ? [] : [volatility]),
    ...(data.bool("securityDefiner") ? ["SECURITY DEFINER"] : []),
    ...(parallel === "UNSAFE" ? [] : [`PARALLEL ${parallel}`]),
    ...(data.bool("strict") ? ["STRICT"] : []),
    `AS $function$${data.string("body")}$function$;`,
  ];
  const name = `${identifier(schemaOf(data))}.${identifier(data.string("name"))}`;
  const args = data.objects("args").map(argument).join(",\n    ");
  const list = args === "" ? "" : `\n    ${args}\n`;
  await database
    .other(data.string("database"))
    .transaction((query) => query(`${command} ${name} (${list})\n${clauses.join("\n")}`));
}

function argument({ mode, name, type, default: value }: Properties): string {
  const initial = typeof value === "string" && value !== "" ? `DEFAULT ${value}` : "";
  return [mode, name, type, initial]
    .filter((part): part is string => typeof part === "string" && part !== "")
    .join(" ");
}

function schemaOf(data: ResourceData): string {
  return data.string("schema") || "public";
}

/** Without a type the last output argument says what is returned. */
function returnsOf(data: ResourceData): string {
  const outputs = data
    .objects("args")
    .filter(({ mode }) => typeof mode === "string" && mode.toUpperCase() === "OUT");
  const last = outputs.at(-1)?.["type"];
  return data.string("returns") || (typeof last === "string" ? last : "void");
}

function idOf(database: Database, data: ResourceData): string {
  const types = data
    .objects("args")
    .filter(({ mode }) => mode !== "OUT")
    .map(({ type }) => type as string);
  const name = data.string("database") || database.name;
  return `${name}.${schemaOf(data)}.${data.string("name")}(${types.join(",")})`;
}

/** Takes an id apart; one without a database stands for the provider's database. */
function located(database: Database, data: ResourceData): { name: string; signature: string } {
  const id = data.id || idOf(database, data);
  const parts = id.split(".");
  const [name, rest] =
    parts.length === 3
      ? [parts[0] as string, parts.slice(1).join(".")]
      : [data.string("database") || database.name, id];
  const found = /(?<schema>[^.]+)\.(?<name>[^(]+)\((?<args>.*)\)/is.exec(rest)?.groups;
  if (parts.length > 3 || !found) {
    throw new ProviderError(
      `function ID ${id} has not the expected format 'database.schema.function_name(arguments)'`,
    );
  }
  const { schema = "", name: functionName = "", args = "" } = found;
  return { name, signature: `${identifier(schema)}.${identifier(functionName)}(${args})` };
}

async function read(database: Database, data: ResourceData): Promise<void> {
  const id = data.id || idOf(database, data);
  const { name, signature } = located(database, data);
  const [row] = await database
    .other(name)
    .session((query) =>
      step(
        "error reading function",
        query<{ definition: string }>(
          "SELECT pg_get_functiondef(p.oid::regproc) AS definition FROM pg_proc p " +
            `WHERE p.oid = to_regprocedure(${literal(signature)})`,
        ),
      ),
    );
  data.id = row ? id : "";
  if (row) {
    data.record({ database: name, ...parsed(row.definition) });
  }
}

const DEFINITION = new RegExp(
  [
    /CREATE\sOR\sREPLACE\sFUNCTION\s(?<schema>[^.]+)\.(?<name>[^(]+)\((?<args>.*)\).*/,
    /RETURNS\s(?<returns>[^\n]+).*LANGUAGE\s(?<language>[^\n\s]+)\s*/,
    /(?<volatility>(STABLE|IMMUTABLE)?)\s*(?<parallel>(PARALLEL (SAFE|RESTRICTED))?)\s*/,
    /(?<strict>(STRICT)?)\s*(?<security>(SECURITY DEFINER)?).*/,
    /\$[a-zA-Z]*\$(?<body>.*)\$[a-zA-Z]*\$/,
  ]
    .map(({ source }) => source)
    .join(""),
  "is",
);

/** What the server writes as the definition, names in quotes where they need them. */
function parsed(definition: string): Properties {
  const found = DEFINITION.exec(definition)?.groups ?? {};
  return {
    args: (found["args"] ?? "")
      .split(",")
      .filter((text) => text !== "")
      .map(parsedArgument),
    body: found["body"] ?? "",
    language: found["language"] ?? "",
    name: found["name"] ?? "",
    parallel: found["parallel"]?.replace("PARALLEL ", "") || "UNSAFE",
    returns: found["returns"] ?? "",
    schema: found["schema"] ?? "",
    securityDefiner: Boolean(found["security"]),
    strict: Boolean(found["strict"]),
    volatility: found["volatility"] || "VOLATILE",
  };
}

function parsedArgument(text: string): Properties {
  const withDefault = /(?<data>.*)\sDEFAULT\s(?<value>.*)/is.exec(text)?.groups;
  const found =
    /((?<mode>IN|OUT|INOUT|VARIADIC)\s)?(?<name>[^\s]+)\s(?<type>.*)/is.exec(
      withDefault?.["data"] ?? text,
    )?.groups ?? {};
  return {
    default: withDefault?.["value"] ?? "",
    mode: found["mode"] || "IN",
    name: found["name"] ?? "",
    type: found["type"] ?? "",
  };
}
