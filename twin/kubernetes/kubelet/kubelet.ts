import type { ObjectReference } from "../api/objects";
import { removePod } from "../api/pods";
import type { Node } from "./node";
import { PodRunner } from "./podRunner";
import { refOf, type Change } from "../api/store";
import { as, isTerminating, type Pod } from "../api/types";

/** Runs every Pod of the store and takes it out of the store when it has ended after a deletion. */
export class Kubelet {
  private readonly runners = new Map<string, PodRunner>();
  private readonly ending = new Set<string>();
  private readonly unwatch: () => void;

  constructor(private readonly node: Node) {
    this.unwatch = node.store.watch((change) => this.observe(change));
  }

  /** Ends every process at once. */
  async stop(): Promise<void> {
    this.unwatch();
    await Promise.all([...this.runners.values()].map((runner) => runner.kill()));
  }

  private observe({ type, object }: Change): void {
    if (object.kind !== "Pod" || object.apiVersion !== "v1") {
      return;
    }
    const uid = object.metadata.uid ?? "";
    if (type === "added") {
      this.runners.set(uid, new PodRunner(this.node, as<Pod>(object)));
    } else if (type === "modified" && isTerminating(object) && !this.ending.has(uid)) {
      this.ending.add(uid);
      void this.end(uid, refOf(object), as<Pod>(object).spec.terminationGracePeriodSeconds);
    }
  }

  private async end(uid: string, ref: ObjectReference, graceSeconds: number): Promise<void> {
    await this.runners.get(uid)?.terminate(graceSeconds);
    this.runners.delete(uid);
    this.ending.delete(uid);
    removePod(this.node.store, ref);
  }
}
