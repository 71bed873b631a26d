import { once } from "node:events";
import type { Server } from "node:https";

/** Ends a server and every connection to it; resolves when it is gone. */
export async function closeServer(server: Server | undefined): Promise<void> {
  if (server?.listening) {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
}
