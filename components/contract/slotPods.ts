import { otherSlot, type SlotName } from "../plan";
import { usersOf } from "./credential";
import { labelsOf, lasts, matches, selectorOf, type Workload, workloadsOf } from "./rendered";
import type { SlotNames, Subject } from "./subject";

export type Labels = Readonly<Record<string, string>>;

/** How a slot's pods are found; those of both where they have one release. */
export interface SlotPods {
  /**
   * Label selectors, those that find pods of several workloads last: in this order, each finds a pod
   * that no other found, while the slot has pods.
   */
  readonly selectors: readonly Labels[];
  /** Workloads whose pods no label tells from others: those of the other slot, or of other releases. */
  readonly unfound: readonly Workload[];
}

/**
 * The selectors of a slot's pods: one for each workload that keeps pods up. Pods of Jobs come and go, and
 * a selector of their own would find nothing most of the time: where a Job logs in, the selector of a
 * workload that shares labels with it is widened.
 */
export function slotPods(subject: Subject, slot: SlotName): SlotPods {
  const objects = subject.renders[slot];
  const names = subject.names[slot];
  const isOneRelease = subject.declared.strategy === "rolling";
  const others = isOneRelease ? [] : workloadsOf(subject.renders[otherSlot(slot)]).map(labelsOf);
  const tell = (labels: Labels) =>
    Object.keys(labels).length > 0 && !others.some((each) => matches(labels, each));

  const lasting = workloadsOf(objects).filter(lasts);
  const judged = lasting.map((workload) => {
    const selector = selectorOf(workload.object) ?? {};
    const named = isOneRelease ? labelsOfRelease(workload, names) : labelsOfSlot(workload, names);
    const base = { ...named, ...selector };
    return { workload, base, selector: [selector, base].find(tell) };
  });
  const unfound = judged.filter(({ selector }) => !selector).map(({ workload }) => workload);
  let found = judged.flatMap(({ base, selector }) => (selector ? [{ base, selector }] : []));
  for (const { workload } of usersOf(subject, objects, names)) {
    const labels = labelsOf(workload);
    if (lasts(workload) || found.some(({ selector }) => matches(selector, labels))) {
      continue;
    }
    const index = found.findIndex(({ base }) => tell(shared(base, labels)));
    if (index === -1) {
      unfound.push(workload);
    } else {
      const selector = shared(found[index]!.base, labels);
      found = found.with(index, { base: selector, selector });
    }
  }
  const reach = (selector: Labels) =>
    lasting.filter((each) => matches(selector, labelsOf(each))).length;
  const selectors = found.map(({ selector }) => selector);
  return { selectors: selectors.sort((one, other) => reach(one) - reach(other)), unfound };
}

/** Labels that two have in common. */
export function shared(one: Labels, other: Labels): Labels {
  return pick(one, (value, key) => other[key] === value);
}

export function pick(labels: Labels, which: (value: string, key: string) => boolean): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key, value]) => which(value, key)));
}

/** Versions in a label: an update changes them while pods with the former ones run. */
const VERSION = /\d\.\d/;

/** Whether no update changes a label with this value. */
export function isLasting(value: string): boolean {
  return !VERSION.test(value);
}

/** Labels that name the slot; not those that another credential changes. */
function labelsOfSlot(workload: Workload, { slot, secret, class: className }: SlotNames): Labels {
  return pick(
    labelsOf(workload),
    (value) => value.includes(slot) && ![secret, className].some((each) => value.includes(each)),
  );
}

/** Labels that name the release of both slots, whichever of them has its pods. */
function labelsOfRelease(workload: Workload, { slot, release }: SlotNames): Labels {
  return pick(
    labelsOf(workload),
    (value) => value.includes(release) && !value.includes(slot) && isLasting(value),
  );
}
