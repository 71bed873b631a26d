import * as keyvault from "@pulumi/azure-native/keyvault";
import * as kubernetes from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { deliveredName, fileNameOf, isHeld, retiredName, secretKeysOf } from "../chart";
import { type Credential, credential } from "./credential";
import { credentialSecret } from "./credentialSecret";
import type { RotationEnvironment } from "./environment";
import { type Delivered, heldSecret } from "./heldSecret";
import { ANEW_WHEN_IN_DOUBT } from "./inDoubt";
import { connectionLimit, namesOf, type SlotName, type SlotPlan, slotRights } from "../plan";
import type { Pods } from "./release";
import { secretMount } from "./secretMount";
import { shutOutHook } from "./shutOut";
import { vaultSecret } from "./vaultSecret";

/** The proofs that retiring a slot waits for; the rotation creates and owns them. */
export interface Retirement {
  /** Waits for what is left of pods that have stopped serving; nothing where all of `after` had gone. */
  drained(after: readonly pulumi.Resource[]): readonly pulumi.Resource[];
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
  /** Creates what the slot has besides its credential: pods of its own, where its strategy has any. */
  readonly standBy: (
    pods: Pods,
    opts: { readonly parent: pulumi.Resource; readonly dependsOn: pulumi.Resource[] },
  ) => readonly pulumi.Resource[];
}

/**
 * One slot: password, role, vault secret, what delivers it to pods, and what its strategy puts beside.
 *
 * When the counter rises by one, the slot of the new generation gets a new password, and with it a
 * new role password and a new secret version. The other slot does not change.
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
  /** What must exist before its credential can be proved, or, when retired, before that can end. */
  readonly standing: readonly pulumi.Resource[];
  /** What to wait for until the whole slot is as planned. */
  readonly last: readonly pulumi.Resource[];

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

    const accounts = this.podAccounts();
    const besides = (secretVersion: pulumi.Input<string>, dependsOn: pulumi.Resource[]) =>
      args.standBy(this.pods(secretVersion), { parent: this, dependsOn });

    if (args.plan.state === "active") {
      const role = this.role([...args.after]);
      const secret = this.secret(role);
      this.secretVersion = secret.version;
      const { mount, ready } = this.deliver(secret);
      this.mount = mount;
      const held = [secret.resource, ...ready, ...accounts];
      this.standing = [...held, ...besides(secret.version, held)];
      this.last = this.standing;
    } else {
      // Refers to nothing that exists: the secret comes last, and no pod mounts it.
      const { application, delivery } = args.environment;
      this.mount = pulumi.output(retiredName(application, this.slot, delivery));
      this.standing = [...args.after, ...besides("", [...args.after])];
      const { retirement } = args;
      const role = this.role(retirement?.drained(this.standing) ?? this.standing);
      const refused = retirement ? [retirement.refused(this.credential, role)] : role;
      const secret = this.secret(refused);
      this.secretVersion = secret.version;
      this.last = [secret.resource];
    }
    this.registerOutputs({ secretVersion: this.secretVersion });
  }

  private get active(): boolean {
    return this.args.plan.state === "active";
  }

  /** The login role, and the administrator's right to end its sessions. */
  private role(dependsOn: readonly pulumi.Resource[]): pulumi.Resource[] {
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
      { ...(this.args.moved ? this.whenMoved() : {}), parent: this, dependsOn: [...dependsOn] },
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
    const delivered =
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
    return { mount: delivered.metadata.name, ready: [delivered] };
  }

  /**
   * Service account of the pods, where their release does not make it. One release of both slots cannot
   * hold it: an upgrade deletes what has left the chart before its pods have gone, and pods that need it
   * would start no more.
   */
  private podAccounts(): kubernetes.core.v1.ServiceAccount[] {
    const { leaving, namespace, strategy = "blueGreen" } = this.args.environment;
    const metadata = { name: this.names.credentialAccount, namespace };
    return strategy === "blueGreen" && (leaving?.strategy ?? "blueGreen") === "blueGreen"
      ? []
      : [
          new kubernetes.core.v1.ServiceAccount(
            `${this.name}-account`,
            { metadata, automountServiceAccountToken: false },
            { parent: this },
          ),
        ];
  }

  /** What pods need to know to hold this credential. */
  pods(secretVersion: pulumi.Input<string> = this.secretVersion): Pods {
    const { generation, mount, roleName: role, slot } = this;
    return { generation, mount, role, secretVersion, slot };
  }
}
