import type { KubeObject, ObjectReference } from "../api/objects";
import { ownerOf } from "../api/pods";
import { refOf, type ObjectStore } from "../api/store";
import { WorkQueue } from "./workQueue";

/** Brings the objects of one kind, and the pods that concern them, to what the objects want. */
export abstract class Controller {
  protected readonly queue = new WorkQueue((ref) => this.reconcile(ref));
  private readonly unwatch: () => void;

  constructor(
    protected readonly store: ObjectStore,
    kind: string,
  ) {
    this.unwatch = store.watch(({ type, object }) => {
      if (object.kind === kind) {
        this.queue.add(refOf(object));
        if (type === "deleted") {
          this.forget(object.metadata.uid ?? "");
        }
      } else if (object.kind === "Pod") {
        this.concerned(object)
          .filter((other) => other.kind === kind)
          .forEach((other) => this.queue.add(other));
      }
    });
  }

  stop(): void {
    this.unwatch();
    this.queue.stop();
  }

  protected abstract reconcile(ref: ObjectReference): void;

  /** Objects to look at when this pod has changed: the one that made it, unless told otherwise. */
  protected concerned(pod: KubeObject): ObjectReference[] {
    const owner = ownerOf(pod);
    return owner === undefined ? [] : [owner];
  }

  /** What was known of a deleted object goes. */
  protected forget(_uid: string): void {
    // As a rule there is nothing.
  }
}
