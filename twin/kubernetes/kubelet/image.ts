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

/** A program of Node, by its absolute path, run by the pinned one: the Node that runs the twin may not understand it. */
export function nodeImage(program: string): Image {
  const node = require.resolve("node/bin/node", { paths: [ROOT] });
  return { entrypoint: [node, "--require", NETWORK, program] };
}
