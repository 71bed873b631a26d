import assert from "node:assert";

/**
 * Asserts that a text says each of these: a key, a cause, a value, a command. The words between
 * them are free, so that they can be improved.
 *
 * @throws AssertionError that lists what is missing and quotes the text
 */
export function says(text: string, ...parts: readonly (string | RegExp)[]): void {
  const line = oneLine(text);
  const missing = parts.filter((part) =>
    typeof part === "string" ? !line.includes(oneLine(part)) : !part.test(line),
  );
  assert.ok(missing.length === 0, `Missing: ${missing.join(" | ")}\nin: ${text}`);
}

/** Asserts that there are these texts and no others, and that each says its parts. */
export function sayEach(
  texts: readonly string[],
  ...expected: readonly (readonly (string | RegExp)[])[]
): void {
  assert.strictEqual(texts.length, expected.length, `not ${expected.length}:\n${texts.join("\n")}`);
  texts.forEach((text, index) => says(text, ...expected[index]!));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
