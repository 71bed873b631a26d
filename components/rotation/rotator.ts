import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { credential } from "./credential";
import { namesOf, PROOF_CONNECTIONS } from "../plan";
import type { RotationEnvironment } from "./environment";
import { ANEW_WHEN_IN_DOUBT } from "./inDoubt";
import { secretMount } from "./secretMount";
import { vaultSecret } from "./vaultSecret";

export interface RotatorArgs {
  readonly environment: RotationEnvironment;
  /** A new counter gets a new password. */
  readonly counter: number;
}

/**
 * The proofs' role: it may count and end the two slots' sessions, and nothing else.
 *
 * When the counter grows it gets a new password in its own vault secret.
 */
export class Rotator extends pulumi.ComponentResource {
  readonly roleName: string;
  /** The database that it logs in to. */
  readonly databaseName: string;
  /** SecretProviderClass with the role's password. */
  readonly mount: pulumi.Output<string>;
  /** The grants; whatever logs in as the rotator depends on them. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: RotatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rotation:index:Rotator", name, { counter: args.counter }, opts);
    const { application, database, identities, validityDays, vault } = args.environment;
    const parent = { parent: this };
    const names = namesOf(application);
    this.roleName = names.rotator;
    this.databaseName = database.rotatorDatabase ?? database.name;
    const { password, verifier, expires } = credential(name, {
      generation: args.counter,
      validityDays,
      identity: [application, this.roleName, `${args.counter}`],
      opts: parent,
    });
    const role = new postgresql.Role(
      `${name}-role`,
      {
        name: this.roleName,
        login: true,
        password: verifier,
        connectionLimit: PROOF_CONNECTIONS,
        skipReassignOwned: true,
      },
      { ...parent, ...ANEW_WHEN_IN_DOUBT },
    );
    this.ready = this.grants(name, database, role);
    const secret = vaultSecret(`${name}-secret`, {
      vault,
      secretName: names.secrets.rotator,
      value: password,
      enabled: true,
      expires,
      tags: { generation: `${args.counter}` },
      opts: { ...parent, dependsOn: [role] },
    });
    this.mount = secretMount(
      names.secrets.rotator,
      {
        environment: args.environment,
        clientId: identities.proofs.clientId,
        secretName: names.secrets.rotator,
        version: secret.version,
      },
      parent,
    ).metadata.name;
    this.registerOutputs({});
  }

  /** CONNECT, USAGE and EXECUTE, one after another: PostgreSQL refuses concurrent GRANTs. */
  private grants(
    name: string,
    database: RotationEnvironment["database"],
    role: postgresql.Role,
  ): pulumi.Resource[] {
    const grant = (what: string, args: Partial<postgresql.GrantArgs>, after: pulumi.Resource) =>
      new postgresql.Grant(
        `${name}-${what}`,
        { database: this.databaseName, role: role.name, objectType: what, privileges: [], ...args },
        { parent: this, dependsOn: [after] },
      );
    const connect = grant("database", { privileges: ["CONNECT"] }, role);
    const schema = database.rotatorSchema;
    const usage = grant("schema", { schema, privileges: ["USAGE"] }, connect);
    const execute = grant("function", { schema, privileges: ["EXECUTE"] }, usage);
    return [execute];
  }
}
