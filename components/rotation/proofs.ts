import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ChartShape, FILE_NAME, fileNameOf, passwordKey, secretKeysOf } from "../chart";
import type { Credential } from "./credential";
import { isEntered, proofBy, proofPath, type RotationEnvironment } from "./environment";
import { proofAccess, type ProofAccess, type ProofAccount } from "./proofAccess";
import {
  AUTHORITY_FILE,
  type Mounted,
  MOUNTS,
  ownLabels,
  proofJob,
  type ProofJobArgs,
  START_SECONDS,
} from "./proofJob";
import {
  connectionLimit,
  ingressOf,
  type Kept,
  namesOf,
  otherSlot,
  type ProofBy,
  type SlotName,
  slotOf,
  type SlotPlan,
  slotRights,
  type Transition,
} from "../plan";
import type { Rotator } from "./rotator";
import { secretMount } from "./secretMount";
import type { Slot } from "./slot";
import { vaultSecret } from "./vaultSecret";

/** 1 January 2038, in seconds since the epoch. */
const PLACEHOLDER_EXPIRES = 2_145_916_800;

/** Where a proof asks about the cluster, and as whom. */
const API_SERVER = {
  KUBERNETES_URL: "https://kubernetes.default.svc",
  TOKEN_FILE: `${MOUNTS.token}/token`,
  CA_FILE: `${MOUNTS.token}/ca.crt`,
};

export interface ProofsArgs {
  readonly run: Transition;
  /** What remains from earlier runs. */
  readonly kept: Pick<Kept, "cutsOff" | "gone">;
  /** When this plan was started; another start asks production again. */
  readonly attempt: pulumi.Input<string>;
  /** Digest of all settings; other ones ask production again. */
  readonly settings: string;
  /** Of the pods that serve. */
  readonly environment: RotationEnvironment;
  /** Of all pods that are looked at. */
  readonly shapes: readonly ChartShape[];
  readonly rotator: Rotator;
}

/**
 * The proofs on the way of a rotation, each a Job with a service account that may read what it
 * needs and nothing else. Their names hold the plan, so that every move has proofs of its own.
 */
export class Proofs extends pulumi.ComponentResource {
  private readonly access: ProofAccess;
  /** ConfigMap with a further authority. */
  private readonly authority: pulumi.Output<string> | undefined;

  constructor(
    private readonly name: string,
    private readonly args: ProofsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:index:Proofs", name, {}, opts);
    this.access = proofAccess(name, args.environment, args.shapes, { parent: this });
    const { authority } = args.environment.proof;
    this.authority = authority === undefined ? undefined : this.trust(authority);
    this.registerOutputs({});
  }

  /**
   * Every pod of the live slot's credential is of its template and ready.
   *
   * @param environment of these pods
   */
  rolled(
    live: Slot,
    environment: RotationEnvironment,
    after: readonly pulumi.Resource[],
  ): pulumi.Resource {
    const { proof, release } = environment;
    return this.prove("rolled", this.access.rolled, {
      called: isEntered(environment) ? "entering" : "rolled",
      environment: {
        ...this.deployment(live.slot, environment),
        CREDENTIAL: this.credential(live),
        TEMPLATE: release.template,
        TIMEOUT_SECONDS: `${proof.seconds}`,
        SETTINGS: this.args.settings,
      },
      mounts: {},
      asks: ["cluster"],
      seconds: proof.seconds,
      dependsOn: [...after],
    });
  }

  /**
   * No pod is left of the generation that a slot held before: with the role's new password they
   * would fail to log in, and lock it out where a server counts such failures.
   */
  vacated(generation: number, after: readonly pulumi.Resource[]): pulumi.Resource {
    const { application, proof, release } = this.args.environment;
    const slot = slotOf(generation);
    const { workers = [] } = release.shape.slots[slot];
    const { ready, serviceAccount } = this.access.vacated;
    return this.job(
      `${this.name}-vacated-${generation}`,
      {
        command: "vacated",
        serviceAccount,
        environment: {
          ...this.deployment(slot),
          GENERATION: `${generation}`,
          SECRET_NAME: namesOf(application).slot(slot).secret,
          ...(workers.length > 0 && { WORKERS: workers.join("\n") }),
          TIMEOUT_SECONDS: `${proof.seconds}`,
        },
        mounts: {},
        asks: ["cluster"],
        deadlineSeconds: proof.seconds + START_SECONDS,
      },
      { parent: this, dependsOn: [...ready, ...after] },
    );
  }

  /** The newest credential logs in, has the other one's rights and serves its stage host. */
  beforePromotion(slot: Slot, after: readonly pulumi.Resource[]): pulumi.Resource {
    const { hosts, proof, release } = this.args.environment;
    const { assumed, group, owner } = slotRights(this.args.environment);
    const { run } = this.args;
    const live = run.to.live === slot.generation;
    const serving = live && run.serves;
    const stageHost = hosts[slot.slot];
    /** Of pods that the slot has before it serves. */
    const ofPods = (settings: Record<string, pulumi.Input<string>>) =>
      stageHost === undefined ? {} : settings;
    return this.prove("before-promotion", this.access["before-promotion"][slot.slot], {
      environment: {
        ...this.server(),
        ...ofPods({
          ...this.rotatorLogin(),
          ...expected(slot),
          ...this.deployment(slot.slot),
          // Whoever takes over has at least as many pods as whoever serves. In an emergency those may be
          // the attacker's work, who keeps an autoscaler busy: what was configured has to do.
          AS_MANY_AS:
            release.shape.slots[run.move === "emergency" ? slot.slot : otherSlot(slot.slot)]
              .deployment,
        }),
        PGUSER: slot.roleName,
        PASSWORD_FILE: this.passwordFile,
        ...ofPods({
          PROOF_BY: this.by,
          ...(this.by === "status" && { ...this.path(), CREDENTIAL: this.credential(slot) }),
        }),
        ...(assumed && { ACT_AS_ROLE: assumed }),
        OTHER_ROLE: this.comparedWith(slot, serving),
        GROUP_ROLE: group,
        OWNER_ROLE: owner,
        CONNECTION_LIMIT: `${connectionLimit(release.serverConnections)}`,
        ...ofPods({ STAGE_URL: this.gateway, STAGE_HOST: stageHost!, ANSWERS: `${proof.answers}` }),
        TIMEOUT_SECONDS: `${proof.seconds}`,
        // A slot that serves, or that traffic has just left, keeps its sessions.
        ...ofPods({ END_LEFTOVERS: `${live && !serving}` }),
      },
      // What its pods refer to.
      mounts: { slot: this.delivered(slot), ...(stageHost !== undefined && this.rotator) },
      asks: stageHost === undefined ? [] : ["cluster", "gateway"],
      seconds: proof.seconds,
      dependsOn: [...slot.standing, ...this.args.rotator.ready, ...after],
      // Another credential runs it again; a change of settings does not once the slot serves.
      opts: {
        replacementTrigger: slot.secretVersion,
        ignoreChanges: serving ? ["spec"] : [],
      },
    });
  }

  /** The role whose rights a slot's has to have, besides those of the group. */
  private comparedWith({ generation, roleName, slot }: Slot, serving: boolean): string {
    const { adopted, application } = this.args.environment;
    if (serving) {
      // A withdrawn slot's privileges do not matter here, so compare the role with itself.
      return roleName;
    }
    // The first one takes over from the login of before.
    return adopted !== undefined && generation === 0
      ? adopted.legacyRole
      : namesOf(application).slot(otherSlot(slot)).role;
  }

  /** Production is answered by the live slot, and no longer by pods of a strategy that was left. */
  afterPromotion(live: Slot, after: readonly pulumi.Resource[]): pulumi.Resource {
    const { hosts, release } = this.args.environment;
    const { gone } = this.args.kept;
    const { name } = release.shape.slots[live.slot].service;
    const { environment, ...answers } = this.answers(live, hosts.production!, name);
    return this.prove("after-promotion", this.access["after-promotion"][live.slot], {
      ...answers,
      environment: { ...environment, ...(gone !== undefined && { GONE_HOST: gone }) },
      dependsOn: [...after],
    });
  }

  /**
   * A stage host is answered by the pods of the strategy that is entered.
   *
   * @param service where these pods are
   */
  entered(
    live: Slot,
    host: string,
    service: string,
    after: readonly pulumi.Resource[],
  ): pulumi.Resource {
    return this.prove("after-promotion", this.access["after-promotion"][live.slot], {
      ...this.answers(live, host, service),
      called: "entered",
      dependsOn: [...after],
    });
  }

  private answers(live: Slot, host: string, service: string) {
    const { proof } = this.args.environment;
    const isDescribed = this.by === "description";
    const byStatus = this.by === "status";
    const asks: ProofJobArgs["asks"] = byStatus ? ["gateway", "cluster"] : ["gateway"];
    return {
      environment: {
        ...expected(live),
        ROLE: live.roleName,
        PRODUCTION_URL: this.gateway,
        PRODUCTION_HOST: host,
        ANSWERS: `${proof.answers}`,
        TIMEOUT_SECONDS: `${proof.seconds}`,
        ATTEMPT: this.args.attempt,
        SETTINGS: this.args.settings,
        PROOF_BY: this.by,
        ...(!isDescribed && { PASSWORD_FILE: this.passwordFile }),
        ...(byStatus && { ...this.path(), ...this.server(), ...this.leadsTo(service) }),
      },
      // What its pods refer to: who knows the password knows whose answer it is, or whose sessions work.
      mounts: isDescribed ? {} : { slot: this.delivered(live) },
      asks,
      seconds: proof.seconds,
    };
  }

  /** Production is answered by the application with its legacy login, as far as the Ingress tells. */
  legacyServes(after: pulumi.Resource[]): pulumi.Resource {
    const { adopted, hosts, proof } = this.args.environment;
    return this.prove("legacy-serves", this.access["legacy-serves"]!, {
      environment: {
        PRODUCTION_URL: this.gateway,
        PRODUCTION_HOST: hosts.production!,
        ...this.path(),
        ANSWERS: `${proof.answers}`,
        TIMEOUT_SECONDS: `${proof.seconds}`,
        ATTEMPT: this.args.attempt,
        SETTINGS: this.args.settings,
        ...this.leadsTo(adopted!.legacyService.name),
      },
      mounts: {},
      asks: ["gateway", "cluster"],
      seconds: proof.seconds,
      dependsOn: after,
    });
  }

  /** No pod and no session is left. Helm does not wait for a scale to zero. */
  drained(plan: SlotPlan, after: readonly pulumi.Resource[]): pulumi.Resource {
    const { application, proof } = this.args.environment;
    return this.prove("drained", this.access.drained, {
      environment: {
        ...this.database(),
        ROLE: namesOf(application).slot(plan.slot).role,
        ...this.pods(plan.slot),
        DRAIN_SECONDS: `${proof.drainSeconds}`,
        ...API_SERVER,
      },
      mounts: this.rotator,
      asks: ["cluster"],
      seconds: proof.drainSeconds,
      dependsOn: [...after, ...this.args.rotator.ready],
    });
  }

  /** No pod, no unfinished Job and no session holds a slot's credential any more. */
  free(plan: SlotPlan, after: readonly pulumi.Resource[]): pulumi.Resource {
    return this.prove("free", this.access.free, this.holders(plan, after));
  }

  /**
   * The same of the credential that a slot held before it gets the next one: pods that hold that one are
   * production where both slots have one release. So are those of the next one, once it is there: what was
   * seen before the re-key stays.
   */
  freeForNext(plan: SlotPlan, after: readonly pulumi.Resource[]): pulumi.Resource {
    const { ready, serviceAccount } = this.access.free;
    const { seconds, dependsOn, ...holders } = this.holders(plan, after);
    const { from, to } = this.args.run;
    return this.job(
      `${this.name}-free-${plan.generation}`,
      { ...holders, command: "free", serviceAccount, deadlineSeconds: seconds + START_SECONDS },
      {
        parent: this,
        dependsOn: [...ready, ...dependsOn],
        ignoreChanges: from?.counter === to.counter ? ["spec"] : [],
      },
    );
  }

  private holders({ slot }: SlotPlan, after: readonly pulumi.Resource[]) {
    const { application, namespace, proof } = this.args.environment;
    const { role, secret } = namesOf(application).slot(slot);
    return {
      environment: {
        ...this.database(),
        ROLE: role,
        NAMESPACE: namespace,
        SECRET_NAME: secret,
        DRAIN_SECONDS: `${proof.drainSeconds}`,
        CUTS_OFF: `${this.args.kept.cutsOff}`,
        ...API_SERVER,
      },
      mounts: this.rotator,
      asks: ["cluster" as const],
      seconds: proof.drainSeconds,
      dependsOn: [...after, ...this.args.rotator.ready],
    };
  }

  /** The right password is refused, because the role's login is disabled. */
  refused(plan: SlotPlan, credential: Credential, role: pulumi.Resource[]): pulumi.Resource {
    const { application } = this.args.environment;
    const { role: name } = namesOf(application).slot(plan.slot);
    return this.isRefused({ ROLE: name }, credential, role);
  }

  /** The same of a legacy login, of which the rotator may end no session. */
  legacyRefused(
    legacyRole: string,
    credential: Credential,
    after: pulumi.Resource[],
  ): pulumi.Resource {
    return this.isRefused({ ROLE: legacyRole, LEAVE_SESSIONS: "true" }, credential, after);
  }

  private isRefused(
    environment: Record<string, pulumi.Input<string>>,
    credential: Credential,
    after: pulumi.Resource[],
  ): pulumi.Resource {
    return this.prove("refused", this.access.refused, {
      environment: {
        ...this.database(),
        ...environment,
        PASSWORD_FILE: `${MOUNTS.retired}/password`,
      },
      mounts: {
        retired: {
          secretProviderClass: this.keepRetired(credential.password, credential.expires),
        },
        ...this.rotator,
      },
      asks: [],
      seconds: this.args.environment.proof.seconds,
      dependsOn: [...after, ...this.args.rotator.ready],
    });
  }

  /**
   * Keeps the credential that the negative proof tries in a vault secret that only the proofs can
   * read: the slot's own secret is disabled in the end, and a proof must be repeatable.
   *
   * @returns name of the SecretProviderClass that mounts it
   */
  private keepRetired(
    password: pulumi.Input<string>,
    expires: pulumi.Input<number>,
  ): pulumi.Output<string> {
    const { application, identities, vault } = this.args.environment;
    const secretName = namesOf(application).secrets.retired;
    const secret = vaultSecret(`${this.name}-retired`, {
      vault,
      secretName,
      value: password,
      enabled: true,
      expires,
      tags: {},
      opts: { parent: this },
    });
    const { metadata } = secretMount(
      secretName,
      {
        environment: this.args.environment,
        clientId: identities.retired.clientId,
        secretName,
        version: secret.version,
      },
      { parent: this },
    );
    return metadata.name;
  }

  /**
   * Keeps a placeholder in that secret, which opens nothing, while no credential is retired. It is always
   * the same: with another date a preview would not know its version, and announce another class.
   */
  keepNone(): void {
    this.keepRetired("none", PLACEHOLDER_EXPIRES);
  }

  private prove(
    command: ProofJobArgs["command"],
    { serviceAccount, ready }: ProofAccount,
    {
      called = command,
      seconds,
      dependsOn,
      opts,
      ...rest
    }: Pick<ProofJobArgs, "environment" | "mounts" | "asks"> & {
      /** @default as the command */
      called?: string;
      seconds: number;
      dependsOn: pulumi.Resource[];
      opts?: pulumi.CustomResourceOptions;
    },
  ): pulumi.Resource {
    const { counter, live } = this.args.run.to;
    return this.job(
      `${this.name}-${called}-${counter}-live-${live}`,
      {
        ...rest,
        command,
        serviceAccount,
        deadlineSeconds: seconds + START_SECONDS,
      },
      { ...opts, parent: this, dependsOn: [...ready, ...dependsOn] },
    );
  }

  private job(
    name: string,
    args: Omit<ProofJobArgs, "authority" | "image" | "labels" | "namespace">,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    const { images, namespace } = this.args.environment;
    const { authority } = this;
    const labels = ownLabels(this.args.environment);
    return proofJob(name, { ...args, authority, image: images.tools, labels, namespace }, opts);
  }

  private get by(): ProofBy {
    return proofBy(this.args.environment);
  }

  /** The credential as the slot's pods get it. */
  private delivered({ mount }: Slot): Mounted {
    const { delivery } = this.args.environment;
    return delivery?.by === "secret"
      ? {
          secret: mount,
          items: [{ key: passwordKey(secretKeysOf(delivery)), path: FILE_NAME }],
        }
      : { secretProviderClass: mount };
  }

  /** The same, as the proofs look for it in the pods. */
  private credential({ mount }: Slot): pulumi.Output<string> {
    const { delivery } = this.args.environment;
    const kind = delivery?.by === "secret" ? "Secret" : "SecretProviderClass";
    return pulumi.interpolate`${kind}/${mount}`;
  }

  /** Where a proof finds its password. */
  private get passwordFile(): string {
    return `${MOUNTS.slot}/${fileNameOf(this.args.environment.delivery)}`;
  }

  private get rotator() {
    return { rotator: { secretProviderClass: this.args.rotator.mount } };
  }

  private get gateway(): pulumi.Output<string> {
    const { gateway, proof } = this.args.environment;
    return pulumi.interpolate`https://${proof.address ?? gateway.address}`;
  }

  /** Where the proofs find whom else to trust. */
  private trust(authority: string): pulumi.Output<string> {
    const { application, namespace } = this.args.environment;
    return new kubernetes.core.v1.ConfigMap(
      `${this.name}-authority`,
      {
        metadata: { name: `${application}-proof-authority`, namespace },
        data: { [AUTHORITY_FILE]: authority },
      },
      { parent: this },
    ).metadata.name;
  }

  /** The pods of all workloads of a slot. */
  private pods(
    slot: SlotName,
    { namespace, release }: RotationEnvironment = this.args.environment,
  ): Record<string, pulumi.Input<string>> {
    return { NAMESPACE: namespace, POD_SELECTORS: release.shape.slots[slot].pods.join("\n") };
  }

  private deployment(
    slot: SlotName,
    environment = this.args.environment,
  ): Record<string, pulumi.Input<string>> {
    const { deployment } = environment.release.shape.slots[slot];
    return { ...this.pods(slot, environment), DEPLOYMENT: deployment, ...API_SERVER };
  }

  /** What an answer is judged by, where only its status is. */
  private path(): Record<string, pulumi.Input<string>> {
    const { path, statuses } = proofPath(this.args.environment);
    return { PROOF_PATH: path, PROOF_STATUS: statuses.join(",") };
  }

  /** Where production has to lead to. */
  private leadsTo(service: string): Record<string, pulumi.Input<string>> {
    const { namespace } = this.args.environment;
    return {
      NAMESPACE: namespace,
      INGRESS: ingressOf(this.args.environment),
      SERVICE: service,
      ...API_SERVER,
    };
  }

  private server(): Record<string, pulumi.Input<string>> {
    const { database } = this.args.environment;
    return {
      PGHOST: database.host,
      PGPORT: `${database.port}`,
      PGDATABASE: database.name,
    };
  }

  private database(): Record<string, pulumi.Input<string>> {
    return { ...this.server(), ...this.rotatorLogin() };
  }

  private rotatorLogin(): Record<string, pulumi.Input<string>> {
    const { database } = this.args.environment;
    const { databaseName: rotatorDatabase } = this.args.rotator;
    return {
      ROTATOR_USER: this.args.rotator.roleName,
      ROTATOR_PASSWORD_FILE: `${MOUNTS.rotator}/password`,
      ROTATOR_SCHEMA: database.rotatorSchema,
      ...(rotatorDatabase !== database.name && { ROTATOR_DATABASE: rotatorDatabase }),
    };
  }
}

/** What an answer of the slot has to say. */
function expected(slot: Slot): Record<string, pulumi.Input<string>> {
  return {
    SLOT: slot.slot,
    GENERATION: `${slot.generation}`,
    SECRET_VERSION: slot.secretVersion,
  };
}
