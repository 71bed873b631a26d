/** A row of a table, by the headings of its columns. */
export type Row = Readonly<Record<string, string>>;

/** The rows of all tables of a page, quoted ones too. */
export function rowsOf(text: string): Row[] {
  const rows: Row[] = [];
  let headings: string[] | undefined;
  for (const line of text.split("\n")) {
    const cells = cellsOf(line);
    if (cells === undefined) {
      headings = undefined;
    } else if (headings === undefined) {
      headings = cells;
    } else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) {
      const names = headings;
      rows.push(Object.fromEntries(cells.map((cell, index) => [names[index] ?? "", cell])));
    }
  }
  return rows;
}

/** The table below each heading of the third level, by the heading. */
export function sectionsOf(text: string): Map<string, Row[]> {
  const [, ...sections] = text.split(/^### /m);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf("\n");
      return [section.slice(0, end).trim(), rowsOf(section.slice(end))];
    }),
  );
}

/** What is in backticks, in order. */
export function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map(([, name]) => name!);
}

function cellsOf(line: string): string[] | undefined {
  const [, row] = /^(?:> *)?\|(.*)\| *$/.exec(line) ?? [];
  return row?.split("|").map((cell) => cell.trim());
}
