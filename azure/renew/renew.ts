import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { Documents } from "./documents";
import { type Excerpt, EXCERPTS } from "./excerpts";

/**
 * Writes the files of which there are checkouts, and says which it left alone.
 *
 * @param docs folder with checkouts of Microsoft's documents
 * @param target folder of the files
 * @returns one line for each file
 */
export async function renew(docs: string, target: string): Promise<string[]> {
  const documents = new Documents(docs);
  const lines: string[] = [];
  for (const [file, { repositories, read }] of Object.entries(EXCERPTS)) {
    const missing = repositories.filter((repository) => !documents.has(repository));
    if (missing.length > 0) {
      lines.push(`${file}: left as it is, no checkout of ${missing.join(", ")}`);
      continue;
    }
    const excerpt = read(documents);
    await writeFile(join(target, file), await textOf(excerpt));
    lines.push(`${file}: ${excerpt.pages.length} pages`);
  }
  return lines;
}

function textOf({ pages, content }: Excerpt): Promise<string> {
  const sources = pages.map(({ repository, path, commit, date }) => ({
    repository,
    path,
    commit,
    date,
  }));
  return format(JSON.stringify({ sources, ...content }), { parser: "json", printWidth: 100 });
}

if (require.main === module) {
  const { docs } = parseArgs({ options: { docs: { type: "string" } } }).values;
  if (docs === undefined) {
    console.error("npm run azure -- --docs FOLDER: a folder with checkouts, see azure/README.md");
    process.exitCode = 1;
  } else {
    void renew(docs, join(__dirname, "..")).then((lines) => console.log(lines.join("\n")));
  }
}
