import { existsSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../world/scripts";
import { type Image, nodeImage } from "./image";
import { recipeImage } from "./recipes";

/** Finds the program for an image reference; undefined when the registry does not have it. */
export type ImageTable = (reference: string) => Image | undefined;

/**
 * The images of the repository, whatever registry and tag, and the pause image. Of `faulty` each tag
 * is a program of its own, so that there are tags that no registry has; a recipe is there once it has
 * been prepared (`prepareRecipe`).
 */
export const standardImages: ImageTable = (reference) => {
  const [, repository = "", tag] =
    /^(.*?)(?::([^/:]*))?$/.exec(reference.replace(/@.*$/, "")) ?? [];
  switch (repository.split("/").at(-1)) {
    case "app":
      return program("images/app/server.ts");
    case "eager":
      return program("images/eager/server.ts");
    case "faulty":
      return program(`images/faulty/${tag}.ts`);
    case "plain":
      return program("images/plain/server.ts");
    case "recipe-java":
      return recipeImage("java");
    case "recipe-node":
      return recipeImage("node");
    case "recipe-python":
      return recipeImage("python");
    case "tools":
      return program("images/tools/main.ts");
    case "worker":
      return program("images/worker/main.ts");
    default:
      return repository === "docker.io/local/pause"
        ? { entrypoint: ["sleep"], cmd: ["2147483647"] }
        : undefined;
  }
};

function program(file: string): Image | undefined {
  const absolute = path.join(ROOT, file);
  return existsSync(absolute) ? nodeImage(absolute) : undefined;
}
