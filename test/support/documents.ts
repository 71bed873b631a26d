import { readdirSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");

/** What is written beside the code: about the images, the twin and each of its rooms. */
export const DOCUMENTS_BESIDE_CODE: readonly string[] = ["images", "twin"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => file.endsWith(".md") && !file.includes("node_modules")),
);
