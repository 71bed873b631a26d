import * as keyvault from "@pulumi/azure-native/keyvault";
import type * as kubernetes from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { deliveredName, fileNameOf, isHeld, retiredName, secretKeysOf } from "../chart";
import { type Credential, credential } from "./credential";
import { credentialSecret } from "./credentialSecret";
import type { RotationEnvironment } from "./environment";
import { type Delivered, heldSecret } from "./heldSecret";
import { ANEW_WHEN_IN_DOUBT } from "./inDoubt";
import { connectionLimit, namesOf, type SlotName, type SlotPlan, slotRights } from "../plan";
import { podRelease, type Pods } from "./release";
import { secretMount } from "./secretMount";
import { shutOutHook } from "./shutOut";
import { vaultSecret } from "./vaultSecret";

/** The two proofs that retiring a slot waits for; the rotation creates and owns them. */
export interface Retirement {
  /** Waits until the slot has no pods and its role has no sessions. */
  drained(release: pulumi.Resource): pulumi.Resource;
  /** Shows that the slot's credential is refused. */
  refused(credential: Credential, role: pulumi.Resource[]): pulumi.Resource;
}

export interface SlotArgs {
  /** This slot's generation and state; a slot sees nothing else of the plan. */
  readonly plan: SlotPlan;
  readonly environment: RotationEnvironment;
  /** Everything in the slot waits for these: production is elsewhere, or nothing uses the role. */
  readonly after: readonly pulumi.Resource[];
  /** Whether this run changes the slot, which then has no traffic while its role changes. */
  readonly moved: boolean;
  /** Which commands go on where the role could not be changed. */
  readonly advice: string;
  /** Undefined where there is nothing to prove: no generation of the slot could ever log in. */
  readonly retirement: Retirement | undefined;
  /** Creates what is tried before the slot's pods are replaced. */
  readonly trial?: ((pods: Pods, after: pulumi.Resource[]) => pulumi.Resource) | undefined;
}

/**
 * One slot: password, role, vault secret, what delivers it to pods, and Helm release.
 *
 * When the counter rises by one, the slot of the new generation gets a new password, and with it a
 * new role password, a new secret version and a rolled release. The other slot does not change.
 */
export class Slot extends pulumi.ComponentResource {
  readonly slot: SlotName;
  readonly generation: number;
  readonly roleName: string;
  /** Version of the vault secret that the release is pinned to; not secret. */
  readonly secretVersion: pulumi.Output<string>;
  /** SecretProviderClass or Secret with that version, which the pods refer to; none when retired. */
  readonly mount: pulumi.Output<string>;
  /** When the credential was created, ISO 8601. */
  readonly created: pulumi.Output<string>;
  /** The latest time to rotate the credential, in seconds since the epoch. */
  readonly expires: pulumi.Output<number>;
  /** What must exist before production traffic goes to this slot. */
  readonly release: kubernetes.helm.v3.Release;
  /** What to wait for until the whole slot is as planned. */
  readonly last: pulumi.Resource;

  private readonly credential: Credential;
  private readonly names: ReturnType<ReturnType<typeof namesOf>["slot"]>;

  constructor(
    private readonly name: string,
    private readonly args: SlotArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:index:Slot", name, { ...args.plan }, opts);
    this.slot = args.plan.slot;
    this.generation = args.plan.generation;
    this.names = namesOf(args.environment.application).slot(this.slot);
    this.roleName = this.names.role;
    this.credential = credential(name, {
      generation: this.generation,
      validityDays: args.environment.validityDays,
      identity: [args.environment.application, this.roleName, `${this.generation}`],
      opts: { parent: this, dependsOn: [...args.after] },
    });
    this.created = this.credential.created;
    this.expires = this.credential.expires;

    if (args.plan.state === "active") {
      const role = this.role([...args.after]);
      const secret = this.secret(role);
      this.secretVersion = secret.version;
      const { mount, ready } = this.deliver(secret);
      this.mount = mount;
      this.release = this.runRelease(secret.version, [secret.resource, ...ready]);
      this.last = this.release;
    } else {
      // Refers to nothing that exists: the secret comes last, and no pod mounts it.
      const { application, delivery } = args.environment;
      this.mount = pulumi.output(retiredName(application, this.slot, delivery));
      this.release = this.runRelease("", [...args.after]);
      const { retirement } = args;
      const role = this.role([retirement?.drained(this.release) ?? this.release]);
      const refused = retirement ? [retirement.refused(this.credential, role)] : role;
      const secret = this.secret(refused);
      this.secretVersion = secret.version;
      this.last = secret.resource;
    }
    this.registerOutputs({ secretVersion: this.secretVersion });
  }

  private get active(): boolean {
    return this.args.plan.state === "active";
  }

  /** The login role, and the administrator's right to end its sessions. */
  private role(dependsOn: pulumi.Resource[]): pulumi.Resource[] {
    const { database, release } = this.args.environment;
    const { assumed, memberOf, searchPath, timeouts } = slotRights(this.args.environment);
    const {
      statement_timeout: statementTimeout,
      idle_in_transaction_session_timeout: idleInTransactionSessionTimeout,
    } = timeouts;
    const role = new postgresql.Role(
      `${this.name}-role`,
      {
        name: this.roleName,
        login: this.active,
        password: this.credential.verifier,
        roles: [...memberOf],
        ...(assumed !== undefined && { assumeRole: assumed }),
        inherit: true,
        ...(searchPath && { searchPaths: [...searchPath] }),
        ...(statementTimeout && { statementTimeout }),
        ...(idleInTransactionSessionTimeout && { idleInTransactionSessionTimeout }),
        connectionLimit: connectionLimit(release.serverConnections),
        // Owns nothing and has no direct grants, so that it can be dropped as it stands.
        skipReassignOwned: true,
      },
      { ...(this.args.moved ? this.whenMoved() : {}), parent: this, dependsOn },
    );
    // PostgreSQL 16 and newer let only a member (or pg_signal_backend) end a role's sessions.
    const signal = new postgresql.GrantRole(
      `${this.name}-sessions`,
      { role: database.administrator, grantRole: role.name },
      {
        parent: this,
        dependsOn: [role],
        deletedWith: role,
        // The creator of a role has it with the admin option, and the provider reads that row.
        ignoreChanges: ["withAdminOption"],
      },
    );
    return [role, signal];
  }

  /**
   * What is only for a role without traffic. Whoever holds its password is shut out before it is
   * changed: from then on nothing of theirs stands in the way of that, nor of the proof of refusal.
   */
  private whenMoved(): pulumi.CustomResourceOptions {
    const { advice, environment } = this.args;
    const { assumed, timeouts } = slotRights(environment);
    const held = shutOutHook(`${this.name}-shut-out`, advice, environment.database, {
      role: this.roleName,
      assumes: assumed,
      timeouts,
      login: this.active,
      verifier: this.credential.verifier,
    });
    return { ...ANEW_WHEN_IN_DOUBT, hooks: { beforeUpdate: [held] } };
  }

  private secret(dependsOn: pulumi.Resource[]): {
    resource: keyvault.Secret;
    version: pulumi.Output<string>;
  } {
    return vaultSecret(`${this.name}-secret`, {
      vault: this.args.environment.vault,
      secretName: this.names.secret,
      value: this.credential.password,
      enabled: this.active,
      expires: this.expires,
      tags: { slot: this.slot, generation: `${this.generation}` },
      opts: { parent: this, dependsOn },
    });
  }

  /** What the pods refer to. */
  private deliver(secret: ReturnType<typeof vaultSecret>): Delivered {
    const { environment, moved, plan } = this.args;
    const { application, delivery, identities } = environment;
    const { version } = secret;
    const called = (digits: string) => deliveredName(application, plan, delivery, digits);
    // A slot without traffic loses the old one first: at the end of the run it would be an operation
    // on a slot that serves. One that may be serving keeps it until no pod refers to it.
    const opts = { parent: this, dependsOn: [secret.resource], deleteBeforeReplace: moved };
    const fromVault = {
      environment,
      clientId: identities[this.slot].clientId,
      secretName: this.names.secret,
      version,
      generation: this.generation,
      called,
    };
    if (isHeld(delivery)) {
      const secretKeys = Object.keys(secretKeysOf(delivery));
      return heldSecret(this.name, { ...fromVault, slot: this.slot, secretKeys }, opts);
    }
    const mount =
      delivery?.by === "secret"
        ? credentialSecret(
            `${this.name}-delivered`,
            {
              environment,
              called,
              version,
              password: this.credential.password,
              role: this.roleName,
              keys: secretKeysOf(delivery),
            },
            opts,
          )
        : secretMount(`${this.name}-mount`, { ...fromVault, fileName: fileNameOf(delivery) }, opts);
    return { mount, ready: [] };
  }

  private runRelease(
    secretVersion: pulumi.Input<string>,
    dependsOn: pulumi.Resource[],
  ): kubernetes.helm.v3.Release {
    const { environment, trial } = this.args;
    const pods: Pods = {
      slot: this.slot,
      generation: this.generation,
      role: this.roleName,
      mount: this.mount,
      secretVersion,
    };
    return podRelease(
      `${this.name}-release`,
      {
        release: this.names.release,
        environment,
        pods,
        replicas: this.active ? environment.release.replicas : 0,
      },
      { parent: this, dependsOn: [...dependsOn, ...(trial ? [trial(pods, dependsOn)] : [])] },
    );
  }
}
