import { crc32 } from "node:zlib";

import { UNKNOWN, type Properties, type Value } from "../../plugin/provider";
import { equal, plain } from "../../plugin/values";
import { marked, sortedSet } from "./plan";
import { elementsOf, isZero, type Fields } from "./schema";

/** What a resource is, what it will be, and what the server says it has become. */
export class ResourceData {
  private readonly found: Properties = {};
  private readonly state: Properties;
  private readonly planned: Properties;
  private readonly isChanging: boolean;

  /**
   * @param id empty until the object exists, and again when it is gone
   * @param planned left out when nothing is to be changed
   */
  constructor(
    private readonly fields: Fields,
    public id: string,
    state: Properties,
    planned?: Properties,
  ) {
    this.state = plain(state) as Properties;
    this.planned = plain(planned ?? state) as Properties;
    this.isChanging = planned !== undefined;
  }

  string(name: string): string {
    const value = this.value(name);
    return typeof value === "string" ? value : "";
  }

  int(name: string): number {
    const value = this.value(name);
    return typeof value === "number" ? value : 0;
  }

  bool(name: string): boolean {
    return this.value(name) === true;
  }

  objects(name: string): Properties[] {
    return elementsOf(this.value(name)) as Properties[];
  }

  /** What the list was before the change. */
  oldObjects(name: string): Properties[] {
    return elementsOf(this.state[name]) as Properties[];
  }

  list(name: string): string[] {
    return elementsOf(this.value(name)) as string[];
  }

  /** In the order in which the official provider walks through sets: by hash. */
  set(name: string): string[] {
    return byHash(this.list(name));
  }

  /** What the set was before the change. */
  oldSet(name: string): string[] {
    return byHash(elementsOf(this.state[name]) as string[]);
  }

  oldString(name: string): string {
    const value = this.state[name];
    return typeof value === "string" ? value : "";
  }

  isChanged(name: string): boolean {
    const old = this.state[name];
    const planned = this.planned[name];
    return !(isZero(old) && isZero(planned)) && !equal(old, planned);
  }

  /** Notes what the server says. */
  record(values: Properties): void {
    Object.assign(this.found, values);
  }

  /** What the state will hold: found, else planned. */
  outputs(): Properties {
    const outputs: Properties = {};
    for (const [name, field] of Object.entries(this.fields)) {
      const value = this.found[name] ?? this.leftover(name);
      outputs[name] = field.type === "set" && !field.elements ? sortedSet(value) : value;
    }
    return { ...marked(this.fields, this.keepingNothing(outputs)), id: this.id };
  }

  /** What was taken away without the server being asked is empty now. */
  private leftover(name: string): Value {
    const old = this.state[name];
    const planned = this.planned[name];
    if (planned === UNKNOWN || planned === undefined) {
      return this.fields[name]?.elements ? [] : null;
    }
    return planned === null && typeof old === "string" && old !== "" ? "" : planned;
  }

  /** No collection given stays no collection, even when the server says that it is empty. */
  private keepingNothing(outputs: Properties): Properties {
    if (!this.isChanging) {
      return outputs;
    }
    const kept: Properties = {};
    for (const [name, value] of Object.entries(outputs)) {
      const isEmpty = Array.isArray(value) && value.length === 0;
      kept[name] = isEmpty && !this.fields[name]?.elements ? (this.planned[name] ?? null) : value;
    }
    return kept;
  }

  private value(name: string): Value | undefined {
    const value = this.found[name] ?? this.planned[name];
    return value === UNKNOWN ? undefined : value;
  }
}

function byHash(elements: readonly string[]): string[] {
  const key = (element: string) => String(crc32(element));
  return [...elements].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}
