import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { ContainerRunner } from "./container";
import { containerEnvironment, expanded } from "./environment";
import type { Image } from "./images";
import type { ObjectReference } from "../api/objects";
import type { Node } from "./node";
import { pause } from "./probes";
import { rewrite, type Names } from "./rewriting";
import { podDirectory } from "../api/pods";
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
  private readonly containers: ContainerRunner[] = [];
  private readonly waiting = new Map<string, { reason: string; message?: string }>();
  private readonly finished: Promise<void>;
  private readonly startTime = timestamp();
  private phase: PodStatus["phase"] = "Pending";
  private podIP: string | undefined;

  constructor(
    private readonly node: Node,
    private readonly pod: Pod,
  ) {
    this.ref = refOf(pod);
    this.directory = podDirectory(node.world, pod);
    this.volumes = path.join(this.directory, "volumes");
    this.journal("pod scheduled");
    this.finished = this.run();
  }

  /** Ends the pod; resolves when nothing of it runs any more and its volumes are gone. */
  async terminate(graceSeconds: number): Promise<void> {
    this.journal("pod terminating");
    this.life.abort();
    const deadline = Date.now() + graceSeconds * 1000;
    await Promise.all(this.containers.map((container) => container.terminate(deadline)));
    await this.finished;
  }

  async kill(): Promise<void> {
    this.life.abort();
    this.containers.forEach((container) => container.kill());
    await this.finished;
  }

  private async run(): Promise<void> {
    try {
      this.updateStatus();
      await mkdir(this.volumes, { recursive: true, mode: 0o700 });
      await this.mount();
      const images = await this.pull();
      const settings = await this.configure(images);
      if (!this.life.signal.aborted) {
        this.waiting.clear();
        this.containers.push(...settings.map((s) => new ContainerRunner(s)));
        this.phase = "Running";
        void this.republish();
        const codes = await Promise.all(this.containers.map((container) => container.run()));
        this.phase = codes.every((code) => code === 0) ? "Succeeded" : "Failed";
        this.journal("pod ended", { exitCodes: codes });
      } else {
        // Deleted before anything of it ran.
        this.phase = "Failed";
      }
    } finally {
      await rm(this.volumes, { recursive: true, force: true });
      this.updateStatus();
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
    const { signal } = this.life;
    await pause(this.node.republishSeconds, signal);
    while (!signal.aborted && this.phase === "Running") {
      for (const volume of this.mounts) {
        try {
          await republishVolume(this.node, this.pod, volume, this.volumes);
        } catch (error) {
          const { message } = error as Error;
          this.journal("mount not refreshed", { volume: volume.name, reason: message });
        }
      }
      await pause(this.node.republishSeconds, signal);
    }
  }

  private async mount(): Promise<void> {
    for (const volume of this.mounts) {
      await this.retry(
        () => mountVolume(this.node, this.pod, volume, this.volumes),
        (error) => {
          const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`;
          this.warn("FailedMount", message);
          this.journal("mount failed", { volume: volume.name, reason: error.message });
        },
      );
    }
  }

  private async pull(): Promise<Map<string, Image>> {
    const images = new Map<string, Image>();
    for (const { name, image, imagePullPolicy } of this.pod.spec.containers) {
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
  private async configure(images: ReadonlyMap<string, Image>) {
    this.podIP = this.node.world.addresses.allocate();
    const settings: ConstructorParameters<typeof ContainerRunner>[0][] = [];
    for (const spec of this.pod.spec.containers) {
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

  private settingsOf(spec: Container, image: Image | undefined) {
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
      restartPolicy: this.pod.spec.restartPolicy,
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
    const object = this.node.store.get(this.ref);
    if (object) {
      this.node.store.warn(object, reason, message);
    }
  }

  private updateStatus(): void {
    const before = this.stored();
    this.node.store.change(this.ref, (draft) => Object.assign(draft, { status: this.status() }));
    const after = this.stored();
    if (before && after && isReady(before) !== isReady(after) && !this.life.signal.aborted) {
      this.journal(isReady(after) ? "pod ready" : "pod not ready");
    }
  }

  private stored(): Pod | undefined {
    const object = this.node.store.get(this.ref);
    return object && as<Pod>(object);
  }

  private status(): PodStatus {
    const containerStatuses =
      this.containers.length > 0
        ? this.containers.map((container) => structuredClone(container.status))
        : this.pod.spec.containers.map((container) => this.waitingStatus(container));
    const ready =
      this.containers.length > 0 &&
      containerStatuses.every((c) => c.ready) &&
      !this.node.neverReady(this.pod);
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
        condition("Initialized", true),
        condition("ContainersReady", ready),
        condition("Ready", ready),
      ],
      containerStatuses,
    };
  }

  private waitingStatus({ name, image }: Container): ContainerStatus {
    const state = { waiting: this.waiting.get(name) ?? { reason: "ContainerCreating" } };
    return { name, image, ready: false, started: false, restartCount: 0, state, lastState: {} };
  }

  private journal(event: string, detail: Record<string, unknown> = {}): void {
    const { namespace, name, labels } = this.pod.metadata;
    const subject = { namespace, pod: name, slot: labels?.["rotation/slot"] };
    this.node.world.journal.write("kubernetes", event, { ...subject, ...detail });
  }
}
