import type { KubeObject, ObjectReference } from "../api/objects";
import { ownerOf } from "../api/pods";
import { refOf, type ObjectStore } from "../api/store";
import { WorkQueue } from "../api/workQueue";

/** Brings the objects of one kind to what they want, when they or what concerns them has changed. */
export abstract class Controller {
  protected readonly queue = new WorkQueue((ref) => this.reconcile(ref));
  private readonly unwatch: () => void;

  constructor(
    protected readonly store: ObjectStore,
    kind: string,
    causes: readonly string[] = ["Pod"],
  ) {
    this.unwatch = store.watch(({ type, object }) => {
      if (object.kind === kind) {
        this.queue.add(refOf(object));
        if (type === "deleted") {
          this.forget(object.metadata.uid ?? "");
        }
      } else if (causes.includes(object.kind)) {
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

  /** Objects to look at when this one has changed: what made it, unless told otherwise. */
  protected concerned(object: KubeObject): ObjectReference[] {
    const owner = ownerOf(object);
    return owner === undefined ? [] : [owner];
  }

  /** What was known of a deleted object goes. */
  protected forget(_uid: string): void {
    // As a rule there is nothing.
  }
}
