/**
 * Stand-in for the `postgresql` provider, as of 3.18.1: the same statements in the same order
 * against a real server, the same defaults, differences, replacements and refusals.
 */
import { check, DEFAULTS } from "./resources/check";
import { checkConfiguration, connectionSettings } from "./resources/configuration";
import { Database } from "./resources/connection";
import { defaultPrivileges } from "./resources/defaultPrivileges";
import { functionResource } from "./resources/functionResource";
import { grant } from "./resources/grant";
import { grantRole } from "./resources/grantRole";
import { diff, marked, plan } from "./resources/plan";
import { ResourceData } from "./resources/resourceData";
import { role } from "./resources/role";
import type { ResourceType } from "./resources/resourceType";
import { elementsOf, isZero, type Fields } from "./resources/schema";
import { schemaResource } from "./resources/schemaResource";
import {
  InitializationFailed,
  ProviderError,
  UNKNOWN,
  type CheckCall,
  type Checked,
  type CreateCall,
  type Created,
  type DeleteCall,
  type DiffCall,
  type Difference,
  type Properties,
  type Provider,
  type ReadCall,
  type ReadResult,
  type ResourceCall,
  type UpdateCall,
  type Value,
} from "../plugin/provider";
import { pick, plain, isObject } from "../plugin/values";

const TYPES: Readonly<Record<string, ResourceType>> = {
  "postgresql:index/defaultPrivileges:DefaultPrivileges": defaultPrivileges,
  "postgresql:index/function:Function": functionResource,
  "postgresql:index/grant:Grant": grant,
  "postgresql:index/grantRole:GrantRole": grantRole,
  "postgresql:index/role:Role": role,
  "postgresql:index/schema:Schema": schemaResource,
};

/** Manages roles, privileges, schemas and functions of one PostgreSQL server. */
export class PostgresqlProvider implements Provider {
  readonly takesSecrets = false;
  private connection: Database | undefined;

  /** @param isCommitLost asked after every COMMIT: whether its answer gets lost */
  constructor(private readonly isCommitLost: () => boolean = () => false) {}

  checkConfig(inputs: Properties): Promise<Checked> {
    return Promise.resolve(checkConfiguration(inputs));
  }

  /** Does not connect: a preview must work before there is a server. */
  async configure(inputs: Properties): Promise<void> {
    this.connection = await Promise.resolve(
      new Database(connectionSettings(inputs), this.isCommitLost),
    );
  }

  async check(call: CheckCall): Promise<Checked> {
    return Promise.resolve(check(typeOf(call).fields, call));
  }

  async diff(call: DiffCall): Promise<Difference> {
    return Promise.resolve(diff(typeOf(call), call));
  }

  async create(call: CreateCall): Promise<Created> {
    const type = typeOf(call);
    const planned = plan(type.fields, call.inputs);
    if (call.preview) {
      return { id: "", outputs: { ...marked(type.fields, planned), id: UNKNOWN } };
    }
    const data = new ResourceData(type.fields, "", {}, planned);
    await this.apply(call, data, `creating ${call.urn}`, (database) => type.create(database, data));
    return { id: data.id, outputs: data.outputs() };
  }

  async update(call: UpdateCall): Promise<Properties> {
    const type = typeOf(call);
    const state = plain(call.state) as Properties;
    const planned = {
      ...plan(type.fields, call.inputs, state),
      ...pick(state, call.ignoreChanges),
    };
    if (call.preview) {
      return { ...marked(type.fields, planned), id: call.id };
    }
    const data = new ResourceData(type.fields, call.id, state, planned);
    await this.apply(call, data, `updating ${call.urn}`, async (database) => {
      await type.update?.(database, data);
    });
    return data.outputs();
  }

  async read(call: ReadCall): Promise<ReadResult | undefined> {
    const type = typeOf(call);
    const data = new ResourceData(type.fields, call.id, call.state);
    await this.run(`refreshing ${call.urn}: `, (database) => type.read(database, data));
    if (data.id === "") {
      return undefined;
    }
    const outputs = data.outputs();
    return { id: data.id, outputs, inputs: inputsOf(type.fields, call.inputs, outputs) };
  }

  async delete(call: DeleteCall): Promise<void> {
    const type = typeOf(call);
    const data = new ResourceData(type.fields, call.id, call.state);
    await this.run(`deleting ${call.urn}: `, (database) => type.delete(database, data));
  }

  invoke(token: string): Promise<Properties> {
    return Promise.reject(
      new ProviderError(`The PostgreSQL twin does not know the function ${token}.`),
    );
  }

  cancel(): void {
    // Statements take milliseconds: one that is broken off leaves more doubt than it saves time.
  }

  /**
   * A failure after the object was made, and every failed update, is recorded with the new values:
   * the next run takes them for what the server holds. That is the official provider's behaviour.
   */
  private async apply(
    call: CreateCall | UpdateCall,
    data: ResourceData,
    doing: string,
    work: (database: Database) => Promise<void>,
  ): Promise<void> {
    try {
      await this.run("", work);
    } catch (error) {
      const { message } = error as Error;
      if (data.id === "") {
        throw error;
      }
      const reason = `${doing}: ${message}`;
      throw new InitializationFailed(reason, data.id, data.outputs(), call.inputs, [reason]);
    }
    if (data.id === "") {
      throw new ProviderError(`expected non-nil error with nil state while ${doing}`);
    }
  }

  private async run(prefix: string, work: (database: Database) => Promise<void>): Promise<void> {
    if (!this.connection) {
      throw new ProviderError("The PostgreSQL provider was not configured.");
    }
    try {
      await work(this.connection);
    } catch (error) {
      const { message } = error as Error;
      throw new ProviderError(`${prefix}1 error occurred:\n\t* ${message}\n\n`);
    }
  }
}

function typeOf({ type }: ResourceCall): ResourceType {
  const known = TYPES[type];
  if (!known) {
    throw new ProviderError(`The PostgreSQL twin does not know the type ${type}.`);
  }
  return known;
}

/** The inputs that would lead to this state: the old ones brought up to date, or all on an import. */
function inputsOf(fields: Fields, oldInputs: Properties, outputs: Properties): Properties {
  const isImport = Object.keys(oldInputs).length === 0;
  const names = isImport
    ? Object.keys(fields).filter((name) => !isDefault(fields, name, outputs[name]))
    : Object.keys(oldInputs).filter((name) => name in outputs);
  const inputs: Properties = {};
  for (const name of names) {
    inputs[name] = inputOf(oldInputs[name], outputs[name] as Value);
  }
  return withUnchangedDefaults(inputs, oldInputs);
}

/** What was filled in, as far as the server still says so. */
function withUnchangedDefaults(inputs: Properties, oldInputs: Properties): Properties {
  const unchanged = elementsOf(oldInputs[DEFAULTS]).filter(
    (name) => inputs[name as string] === oldInputs[name as string],
  );
  return unchanged.length > 0 ? { ...inputs, [DEFAULTS]: unchanged } : inputs;
}

/** Keeps to the shape of the old input: the state holds more in lists of objects. */
function inputOf(old: Value | undefined, found: Value): Value {
  if (Array.isArray(old) && Array.isArray(found)) {
    return found.slice(0, old.length).map((element, index) => inputOf(old[index], element));
  }
  if (isObject(old) && isObject(found)) {
    const input: Properties = {};
    for (const [name, value] of Object.entries(old)) {
      if (name !== DEFAULTS) {
        input[name] = name in found ? inputOf(value, found[name] as Value) : value;
      }
    }
    return withUnchangedDefaults(input, old);
  }
  return found;
}

function isDefault(fields: Fields, name: string, value: Value | undefined): boolean {
  const bare = plain(value);
  return isZero(bare) || bare === fields[name]?.default;
}
