/** What the engine diagnosed, without the list of all that went well before. */
export function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (
    /^Diagnostics:\n[\s\S]*?(?=^Resources:|^Outputs:|^Duration:)/m.exec(message)?.[0] ?? message
  );
}
