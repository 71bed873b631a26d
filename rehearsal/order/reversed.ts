import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import type { Cuts } from "./graph";
import { plainName } from "../../components/plan";
import type { NamedStep } from "./steps";

export interface Reversal {
  /** Comes first in the program as it is. */
  readonly first: NamedStep<string>;
  /** Comes before it in the changed one. */
  readonly then: NamedStep<string>;
  /** What goes, so that `then` waits no longer for `first`. */
  readonly cuts: Cuts;
}

/**
 * The program with the order between two steps taken away, at its worst: the later step is done
 * first, and the earlier one waits for it.
 */
export function reversed(
  program: PulumiFn,
  { first, then, cuts }: Reversal,
  newSlot: string,
): PulumiFn {
  return () => {
    const known = new Known();
    pulumi.runtime.registerStackTransformation(({ type, name, resource, props, opts }) => {
      const plain = plainName(type, name, newSlot);
      known.add(resource, plain, opts.parent);
      const cut = cuts.get(plain);
      let dependsOn = asArray(opts.dependsOn);
      if (cut !== undefined) {
        dependsOn = known
          .spread(dependsOn)
          .filter((dependency) => !cut.has(known.nameOf(dependency) ?? ""));
      }
      if (first.resources.includes(plain)) {
        dependsOn = [...dependsOn, ...then.resources.map((late) => known.whenMade(late))];
      }
      return { props, opts: { ...opts, dependsOn } };
    });
    return program();
  };
}

type Dependency = pulumi.Input<pulumi.Resource>;

/** The resources that the program has made so far. */
class Known {
  private readonly names = new Map<Dependency, string>();
  private readonly children = new Map<pulumi.Resource, pulumi.Resource[]>();
  private readonly made = new Map<string, PromiseWithResolvers<pulumi.Resource>>();

  add(resource: pulumi.Resource, name: string, parent?: pulumi.Resource): void {
    this.names.set(resource, name);
    if (parent !== undefined) {
      this.children.set(parent, [...(this.children.get(parent) ?? []), resource]);
    }
    this.entry(name).resolve(resource);
  }

  nameOf(resource: Dependency): string | undefined {
    return this.names.get(resource);
  }

  /** Resolves as soon as the program has made it. */
  whenMade(name: string): Promise<pulumi.Resource> {
    return this.entry(name).promise;
  }

  /** What components consist of in their place, which is what waiting for them means. */
  spread(resources: readonly Dependency[]): Dependency[] {
    return resources.flatMap((resource) =>
      pulumi.ComponentResource.isInstance(resource)
        ? this.spread(this.children.get(resource) ?? [])
        : [resource],
    );
  }

  private entry(name: string): PromiseWithResolvers<pulumi.Resource> {
    const entry = this.made.get(name) ?? Promise.withResolvers<pulumi.Resource>();
    this.made.set(name, entry);
    return entry;
  }
}

function asArray(dependsOn: pulumi.ResourceOptions["dependsOn"]): Dependency[] {
  if (dependsOn === undefined) {
    return [];
  }
  // The program gives resources, or arrays of them, and nothing that is known later.
  return (Array.isArray(dependsOn) ? dependsOn : [dependsOn]) as Dependency[];
}
