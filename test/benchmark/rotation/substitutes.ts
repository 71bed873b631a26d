import { Secret, type Properties, type Value } from "../../../twin/plugin/provider";

/**
 * What is as long as this is an id, a version or an address, and means one thing only. Shorter texts
 * that differ, such as `resourceVersion`, count something and are in no input.
 */
const SHORTEST = 16;

/** What stands for a text of a recording in its repetition: ids, versions, names that a cloud gave. */
export class Substitutes {
  private readonly known = new Map<string, string>();

  /** Takes note of where the answer of a repetition differs from the recorded one. */
  learn(recorded: Value | undefined, repeated: Value | undefined): void {
    if (recorded instanceof Secret || repeated instanceof Secret) {
      this.learn(inside(recorded), inside(repeated));
    } else if (typeof recorded === "string" && typeof repeated === "string") {
      if (recorded !== repeated && recorded.length >= SHORTEST) {
        this.known.set(recorded, repeated);
      }
    } else if (isStructure(recorded) && isStructure(repeated)) {
      for (const [key, value] of Object.entries(recorded)) {
        this.learn(value, repeated[key]);
      }
    }
  }

  /** Recorded inputs as the repetition has to send them. */
  in(inputs: Properties): Properties {
    return this.replaced(inputs) as Properties;
  }

  private replaced(value: Value): Value {
    if (value instanceof Secret) {
      return new Secret(this.replaced(value.value));
    }
    if (typeof value === "string") {
      return [...this.known].reduce((text, [from, to]) => text.replaceAll(from, to), value);
    }
    if (Array.isArray(value)) {
      return value.map((each) => this.replaced(each));
    }
    return isStructure(value)
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.replaced(each)]))
      : value;
  }
}

function inside(value: Value | undefined): Value | undefined {
  return value instanceof Secret ? value.value : value;
}

function isStructure(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === "object" && value !== null;
}
