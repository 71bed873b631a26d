import { mkdir, rm } from "node:fs/promises";
import { ContainerRunner, type ContainerSettings } from "./container";
import { containerEnvironment, expanded } from "./environment";
import type { Image } from "./image";
import type { KubeObject, ObjectReference } from "../api/objects";
import type { Node } from "./node";
import { pause } from "./probes";
import { rewrite, type Names } from "./rewriting";
import { podDirectory, volumesDirectory } from "../api/pods";
import { refOf } from "../api/store";
import {
  as,
  DISRUPTION_TARGET,
  isReady,
  timestamp,
  type Condition,
  type Container,
  type ContainerStatus,
  type Pod,
  type PodStatus,
  type Volume,
} from "../api/types";
import { mountedFolders, mountVolume, republishVolume, volumesOf } from "./volumes";

const LONGEST_RETRY_SECONDS = 122;

/** The life of one pod on the node, from its mounts to its end. */
export class PodRunner {
  private readonly ref: ObjectReference;
  private readonly directory: string;
  private readonly volumes: string;
  private readonly life = new AbortController();
  /** Aborted when nothing of the pod runs any more. */
  private readonly over = new AbortController();
  private readonly sidecars: ContainerRunner[] = [];
  private readonly containers: ContainerRunner[] = [];
  private readonly waiting = new Map<string, { reason: string; message?: string }>();
  private readonly finished: Promise<void>;
  private readonly startTime = timestamp();
  private phase: PodStatus["phase"] = "Pending";
  private podIP: string | undefined;
  /** The end of the sidecars, once it has begun. */
  private sidecarsEnd: Promise<unknown> | undefined;

  constructor(
    private readonly node: Node,
    private readonly pod: Pod,
  ) {
    this.ref = refOf(pod);
    this.directory = podDirectory(node.world, pod);
    this.volumes = volumesDirectory(node.world, pod);
    this.journal("pod scheduled");
    this.finished = this.run();
  }

  /** Ends the pod; resolves when nothing of it runs any more and its volumes are gone. */
  async terminate(graceSeconds: number): Promise<void> {
    this.journal("pod terminating");
    this.life.abort();
    const deadline = Date.now() + graceSeconds * 1000;
    const ended = Promise.all(this.containers.map((container) => container.terminate(deadline)));
    await Promise.all([ended, this.endSidecars(deadline, ended)]);
    await this.finished;
  }

  async kill(): Promise<void> {
    this.life.abort();
    [...this.sidecars, ...this.containers].forEach((container) => container.kill());
    await this.finished;
  }

  /** The last one first, each after what was started after it. */
  private endSidecars(deadline: number, others?: Promise<unknown>): Promise<unknown> {
    if (!this.sidecarsEnd) {
      const ends: Promise<unknown>[] = [];
      for (const sidecar of this.sidecars.toReversed()) {
        ends.push(sidecar.terminate(deadline, ends.at(-1) ?? others));
      }
      this.sidecarsEnd = Promise.all(ends);
    }
    return this.sidecarsEnd;
  }

  private async run(): Promise<void> {
    let republished: Promise<void> | undefined;
    try {
      this.updateStatus();
      // A former pod of that name, as StatefulSets have them, leaves nothing to this one.
      await rm(this.directory, { recursive: true, force: true });
      await mkdir(this.volumes, { recursive: true, mode: 0o700 });
      await this.mount();
      const { containers, initContainers = [], terminationGracePeriodSeconds } = this.pod.spec;
      republished = this.republish();
      const sidecars: Promise<number>[] = [];
      for (const spec of initContainers) {
        const settings = await this.prepare([spec]);
        if (!this.life.signal.aborted) {
          sidecars.push(...this.start(settings, this.sidecars));
          await this.sidecars.at(-1)?.started;
        }
      }
      const settings = await this.prepare(containers);
      if (!this.life.signal.aborted) {
        this.phase = "Running";
        const codes = await Promise.all(this.start(settings, this.containers));
        await this.endSidecars(Date.now() + terminationGracePeriodSeconds * 1000);
        this.phase = codes.every((code) => code === 0) ? "Succeeded" : "Failed";
        this.journal("pod ended", { exitCodes: codes });
      } else {
        // Deleted before anything of it ran.
        this.phase = "Failed";
      }
      await Promise.all(sidecars);
    } finally {
      this.over.abort();
      await republished;
      await rm(this.volumes, { recursive: true, force: true });
      this.updateStatus();
      this.journal("pod gone");
    }
  }

  private get mounts(): Volume[] {
    const { serviceAccountName: name = "default" } = this.pod.spec;
    const { namespace } = this.pod.metadata;
    const account = this.node.store.get({
      apiVersion: "v1",
      kind: "ServiceAccount",
      namespace,
      name,
    });
    return volumesOf(this.pod, account);
  }

  /**
   * As long as the pod runs and nobody has asked it to end. A failure is nobody's event: the driver
   * keeps it to itself, and the pod what it has.
   */
  private async republish(): Promise<void> {
    const signal = AbortSignal.any([this.life.signal, this.over.signal]);
    await pause(this.node.republishSeconds(), signal);
    while (!signal.aborted) {
      for (const volume of this.mounts) {
        try {
          await republishVolume(this.node, this.pod, volume, this.volumes);
        } catch (error) {
          const { message } = error as Error;
          this.journal("mount not refreshed", { volume: volume.name, reason: message });
        }
      }
      await pause(this.node.republishSeconds(), signal);
    }
  }

  /** Each on its own: one may have to wait for what another one brings. */
  private async mount(): Promise<void> {
    await Promise.all(
      this.mounts.map((volume) =>
        this.retry(
          () => mountVolume(this.node, this.pod, volume, this.volumes),
          (error) => {
            const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`;
            this.warn("FailedMount", message);
            this.journal("mount failed", { volume: volume.name, reason: error.message });
          },
        ),
      ),
    );
  }

  /** Waits for all that these containers need to start, or for the end of the pod. */
  private async prepare(specs: readonly Container[]): Promise<ContainerSettings[]> {
    return this.configure(specs, await this.pull(specs));
  }

  /** Starts containers and adds them to those that run; the answers are their last exit codes. */
  private start(settings: readonly ContainerSettings[], running: ContainerRunner[]) {
    const started = settings.map((one) => new ContainerRunner(one));
    running.push(...started);
    return started.map((container) => container.run());
  }

  private async pull(specs: readonly Container[]): Promise<Map<string, Image>> {
    const images = new Map<string, Image>();
    for (const { name, image, imagePullPolicy } of specs) {
      await this.retry(
        () => {
          const found = this.node.images(image);
          if (found) {
            images.set(name, found);
          }
          return found ? Promise.resolve() : Promise.reject(new Error(`${image}: not found`));
        },
        (error) => {
          const never = imagePullPolicy === "Never";
          const reason = never ? "ErrImageNeverPull" : "ImagePullBackOff";
          const message = never
            ? `Container image "${image}" is not present with pull policy of Never`
            : `Failed to pull image "${image}": ${error.message}`;
          this.wait(name, reason, message);
        },
      );
    }
    return images;
  }

  /** Settles command and environment of every container; missing secrets and so on are waited for. */
  private async configure(
    specs: readonly Container[],
    images: ReadonlyMap<string, Image>,
  ): Promise<ContainerSettings[]> {
    this.podIP ??= this.node.world.addresses.allocate();
    const settings: ContainerSettings[] = [];
    for (const spec of specs) {
      await this.retry(
        () =>
          new Promise<void>((resolve) => {
            settings.push(this.settingsOf(spec, images.get(spec.name)));
            resolve();
          }),
        (error) => this.wait(spec.name, "CreateContainerConfigError", error.message),
      );
    }
    return settings;
  }

  private settingsOf(spec: Container, image: Image | undefined): ContainerSettings {
    const names: Names = {
      folders: mountedFolders(this.pod, spec.name, this.volumes),
      namespace: this.pod.metadata.namespace ?? "",
      address: (service, namespace) => this.node.address(service, namespace),
    };
    const pod = { ...this.pod, status: this.status() };
    const environment = containerEnvironment(this.node, pod, spec, image, names);
    const rewritten = (command: readonly string[]) =>
      command.map((word) => rewrite(expanded(word, environment), names));
    const cmd = spec.command ? [] : (image?.cmd ?? []);
    return {
      spec,
      environment,
      rewritten,
      command: [
        ...(spec.command ? rewritten(spec.command) : (image?.entrypoint ?? [])),
        ...(spec.args ? rewritten(spec.args) : cmd),
      ],
      restartPolicy: spec.restartPolicy ?? this.pod.spec.restartPolicy,
      directory: this.directory,
      address: this.podIP ?? "",
      gracePeriodSeconds: this.pod.spec.terminationGracePeriodSeconds,
      changed: () => this.updateStatus(),
      warn: (reason: string, message: string) => this.warn(reason, message),
    };
  }

  /** Tries until it works or the pod is deleted, with the kubelet's growing pauses. */
  private async retry(step: () => Promise<void>, failed: (error: Error) => void): Promise<void> {
    for (let seconds = 0.5; !this.life.signal.aborted; seconds *= 2) {
      try {
        return await step();
      } catch (error) {
        failed(error as Error);
      }
      await pause(Math.min(seconds, LONGEST_RETRY_SECONDS), this.life.signal);
    }
  }

  private wait(container: string, reason: string, message: string): void {
    this.waiting.set(container, { reason, message });
    this.warn("Failed", `${message} (${reason})`);
    this.journal("container waiting", { container, reason });
    this.updateStatus();
  }

  private warn(reason: string, message: string): void {
    const pod = this.stored();
    if (pod) {
      this.node.store.warn(pod as unknown as KubeObject, reason, message);
    }
  }

  private updateStatus(): void {
    const before = this.stored();
    if (!before) {
      return;
    }
    this.node.store.change(this.ref, (draft) => Object.assign(draft, { status: this.status() }));
    const after = this.stored();
    if (after && isReady(before) !== isReady(after) && !this.life.signal.aborted) {
      this.journal(isReady(after) ? "pod ready" : "pod not ready");
    }
  }

  /** Undefined when it is gone, although another one may have its name. */
  private stored(): Pod | undefined {
    const object = this.node.store.get(this.ref);
    const isOther = object?.metadata.uid !== this.pod.metadata.uid;
    return object && !isOther ? as<Pod>(object) : undefined;
  }

  private status(): PodStatus {
    const { containers, initContainers } = this.pod.spec;
    const containerStatuses = containers.map((spec) => this.statusOf(spec));
    const initContainerStatuses = initContainers?.map((spec) => this.statusOf(spec));
    const ready =
      [...(initContainerStatuses ?? []), ...containerStatuses].every((c) => c.ready) &&
      !this.node.neverReady(this.pod);
    const initialized =
      this.containers.length > 0 || (initContainerStatuses ?? []).every((c) => c.started);
    const old = this.stored()?.status?.conditions ?? [];
    const condition = (type: string, holds: boolean): Condition => {
      const status = holds ? "True" : "False";
      const former = old.find((c) => c.type === type && c.status === status);
      return { type, status, lastTransitionTime: former?.lastTransitionTime ?? timestamp() };
    };
    return {
      phase: this.phase,
      startTime: this.startTime,
      ...(this.podIP === undefined ? {} : { podIP: this.podIP, podIPs: [{ ip: this.podIP }] }),
      conditions: [
        ...old.filter(({ type }) => type === DISRUPTION_TARGET),
        condition("PodScheduled", true),
        condition("Initialized", initialized),
        condition("ContainersReady", ready),
        condition("Ready", ready),
      ],
      ...(initContainerStatuses === undefined ? {} : { initContainerStatuses }),
      containerStatuses,
    };
  }

  private statusOf({ name, image }: Container): ContainerStatus {
    const running = [...this.sidecars, ...this.containers].find((one) => one.status.name === name);
    if (running) {
      return structuredClone(running.status);
    }
    const reason = this.pod.spec.initContainers ? "PodInitializing" : "ContainerCreating";
    const state = { waiting: this.waiting.get(name) ?? { reason } };
    return { name, image, ready: false, started: false, restartCount: 0, state, lastState: {} };
  }

  private journal(event: string, detail: Record<string, unknown> = {}): void {
    const { namespace, name, labels } = this.pod.metadata;
    const subject = { namespace, pod: name, slot: labels?.["rotation/slot"] };
    this.node.world.journal.write("kubernetes", event, { ...subject, ...detail });
  }
}
