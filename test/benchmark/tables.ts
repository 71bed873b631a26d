/** The middle one of figures; the upper one of two. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Least, median and most, as Markdown. */
export function spread(figures: readonly number[]): string {
  const middle = figure(median(figures));
  return `${figure(Math.min(...figures))} **${middle}** ${figure(Math.max(...figures))}`;
}

/** To the hundredth. */
export function figure(value: number): string {
  return value.toFixed(2);
}

/** A table in Markdown. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The cells of a goal: what is allowed, what was measured, and whether that is enough. */
export function verdict(most: number, measured: number): string[] {
  return [figure(most), figure(measured), measured <= most ? "met" : "missed"];
}
