/**
 * How property values travel between engine and provider: plain JSON in which secrets, unknowns
 * and outputs are objects or strings with a reserved signature.
 */
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

import { Secret, UNKNOWN, type Properties, type Value } from "./provider";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** What the engine sends in a preview for a string that is not known yet. */
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine types its unknowns; a provider need not tell them apart. */
const UNKNOWNS: ReadonlySet<string> = new Set([
  UNKNOWN_STRING,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** Reads the properties of a request; a message without any is empty. */
export function decode(properties: Struct | undefined): Properties {
  return properties ? decodeObject(properties.toJavaScript()) : {};
}

/** Writes the properties of a response. */
export function encode(properties: Properties): Struct {
  return Struct.fromJavaScript(encodeObject(properties));
}

function decodeObject(source: Record<string, JavaScriptValue>): Properties {
  return Object.fromEntries(
    Object.entries(source).map(([key, value]) => [key, decodeValue(value)]),
  );
}

function decodeValue(value: JavaScriptValue): Value {
  if (typeof value === "string") {
    return UNKNOWNS.has(value) ? UNKNOWN : value;
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(decodeValue);
  }
  const object = value as Record<string, JavaScriptValue>;
  switch (object[SIGNATURE]) {
    case SECRET:
      return new Secret(decodeValue(object["value"] ?? null));
    case OUTPUT: {
      const inner = "value" in object ? decodeValue(object["value"] ?? null) : UNKNOWN;
      return object["secret"] === true ? new Secret(inner) : inner;
    }
    default:
      return decodeObject(object);
  }
}

function encodeObject(source: Properties): Record<string, JavaScriptValue> {
  return Object.fromEntries(
    Object.entries(source).map(([key, value]) => [key, encodeValue(value)]),
  );
}

function encodeValue(value: Value): JavaScriptValue {
  if (value === UNKNOWN) {
    return UNKNOWN_STRING;
  }
  if (value instanceof Secret) {
    return { [SIGNATURE]: SECRET, value: encodeValue(value.value) };
  }
  if (Array.isArray(value)) {
    return value.map(encodeValue);
  }
  if (value !== null && typeof value === "object") {
    return encodeObject(value);
  }
  return value;
}
