import { existsSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../world/scripts";

/** A program on this machine that stands for a container image. */
export interface Image {
  /** What the image's ENTRYPOINT and CMD would be. */
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  /** May name variables that are there before it, as `$(NAME)`. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Variable of a container: the address that its requests to servers outside come from. */
export const OUTBOUND_ADDRESS = "TWIN_OUTBOUND_ADDRESS";

/** Variable of a container: the pod's own address, which is where it means to listen on all addresses. */
export const POD_ADDRESS = "TWIN_POD_ADDRESS";

/** Variable of a container: the certificate of the authority that the image trusts. */
export const AUTHORITY = "NODE_EXTRA_CA_CERTS";

/** Loaded before a program of Node, because a loopback address alone makes no network. */
const NETWORK = path.join(__dirname, "network.cjs");

/** Finds the program for an image reference; undefined when the registry does not have it. */
export type ImageTable = (reference: string) => Image | undefined;

/**
 * The images of the repository, whatever registry and tag, and the pause image. Of `faulty` each tag
 * is a program of its own, so that there are tags that no registry has.
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
    case "tools":
      return program("images/tools/main.ts");
    default:
      return repository === "docker.io/local/pause"
        ? { entrypoint: ["sleep"], cmd: ["2147483647"] }
        : undefined;
  }
};

function program(file: string): Image | undefined {
  const absolute = path.join(ROOT, file);
  return existsSync(absolute)
    ? { entrypoint: [nodeProgram(), "--require", NETWORK, absolute] }
    : undefined;
}

/** The pinned Node: images are TypeScript, which the Node that runs the twin may not understand. */
function nodeProgram(): string {
  return require.resolve("node/bin/node", { paths: [ROOT] });
}
