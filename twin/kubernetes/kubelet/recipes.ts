import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";
import { ROOT } from "../../world/scripts";
import { AUTHORITY, type Image, nodeImage, POD_ADDRESS } from "./image";

/** Applications in the languages that teams write them in: `images/recipes/<name>`. */
export const RECIPES = ["node", "python", "java"] as const;
export type RecipeName = (typeof RECIPES)[number];

interface Recipe {
  /** Programs that have to be on PATH. */
  readonly needs: readonly string[];
  /** Commands that install what the lock file says; they run in a copy of the recipe. */
  readonly install: readonly (readonly [program: string, ...args: string[]])[];
  /** @param folder where all of it is */
  image(folder: string): Image;
}

/** What a real image would hold: the authority whose server libpq and pgjdbc trust. */
const TRUST = { PGSSLROOTCERT: `$(${AUTHORITY})` };

const RECIPE: Readonly<Record<RecipeName, Recipe>> = {
  node: {
    needs: ["npm"],
    install: [["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]],
    image: (folder) => nodeImage(path.join(folder, "server.mjs")),
  },
  python: {
    needs: ["python3"],
    install: [
      ["python3", "-m", "venv", "venv"],
      [
        ...(["venv/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"] as const),
        ...["install", "--no-deps", "--requirement", "requirements.txt"],
      ],
    ],
    image: (folder) => ({
      entrypoint: ["/bin/sh", path.join(folder, "start.sh")],
      environment: {
        ...TRUST,
        PATH: `${path.join(folder, "venv", "bin")}:$(PATH)`,
        PYTHONPATH: path.join(__dirname, "python"),
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONUNBUFFERED: "1",
      },
    }),
  },
  java: {
    needs: ["java", "mvn"],
    install: [["mvn", "--quiet", "--batch-mode", "process-classes"]],
    image: (folder) => ({
      entrypoint: [
        onPath("java") ?? "java",
        // Starts sooner, and leaves the machine to the others.
        ...["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"],
        ...[
          "-cp",
          `${path.join(folder, "target", "classes")}:${path.join(folder, "target", "lib", "*")}`,
        ],
        "recipe.Main",
      ],
      environment: { ...TRUST, SERVER_ADDRESS: `$(${POD_ADDRESS})` },
    }),
  },
};

/** The program of a recipe; undefined until it has been prepared. */
export function recipeImage(name: RecipeName): Image | undefined {
  const folder = folderOf(name);
  return existsSync(folder) ? RECIPE[name].image(folder) : undefined;
}

/**
 * Installs a recipe once, into the user's cache folder; a change to any of its files is another one.
 *
 * @throws Error that says what is missing on this machine, or what went wrong
 */
export async function prepareRecipe(name: RecipeName): Promise<void> {
  const { needs, install } = RECIPE[name];
  const folder = folderOf(name);
  if (existsSync(folder)) {
    return;
  }
  const missing = needs.filter((program) => onPath(program) === undefined);
  if (missing.length > 0) {
    throw new Error(`The recipe ${name} needs ${missing.join(" and ")} on PATH.`);
  }
  const unfinished = `${folder}.${process.pid}`;
  try {
    await mkdir(path.dirname(folder), { recursive: true });
    await cp(sourceOf(name), unfinished, { recursive: true });
    for (const [program, ...args] of install) {
      await promisify(execFile)(program, args, { cwd: unfinished });
    }
    await rename(unfinished, folder);
  } catch (error) {
    // Somebody else may have been faster.
    if (!existsSync(folder)) {
      throw new Error(`The recipe ${name} cannot be installed: ${String(error)}`);
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function sourceOf(name: RecipeName): string {
  return path.join(ROOT, "images", "recipes", name);
}

function folderOf(name: RecipeName): string {
  const source = sourceOf(name);
  const digest = createHash("sha256");
  for (const file of readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name: base }) => path.join(parentPath, base))
    .sort()) {
    digest
      .update(`${path.relative(source, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  const { cache } = envPaths("rotation-recipes", { suffix: "" });
  return path.join(cache, `${name}-${digest.digest("hex").slice(0, 8)}`);
}

/** Where a program of that name is. */
function onPath(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, program))
    .find((file) => existsSync(file));
}
