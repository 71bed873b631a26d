import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A wire between a client and a server that can be cut while a message is under way. */
export class Wire {
  private readonly server: Server;
  private readonly ends = new Set<Socket>();
  private cutting: (() => void) | undefined;

  private constructor(target: string, port: number) {
    this.server = createServer((client) => {
      const behind = connect(port, target);
      for (const [from, to] of [
        [client, behind],
        [behind, client],
      ] as const) {
        this.ends.add(from);
        from.on("data", (data) => (this.cutting ? this.cutting() : to.write(data)));
        from.on("error", () => undefined);
        from.on("close", () => {
          this.ends.delete(from);
          to.destroy();
        });
      }
    });
  }

  static async between(address: string, target: string, port: number): Promise<Wire> {
    const wire = new Wire(target, port);
    wire.server.listen(port, address);
    await once(wire.server, "listening");
    return wire;
  }

  /** Resets all connections in place of the next message, which is lost; new ones work. */
  cutAtNextMessage(): Promise<void> {
    return new Promise((resolve) => {
      this.cutting = () => {
        this.cutting = undefined;
        this.ends.forEach((end) => end.resetAndDestroy());
        resolve();
      };
    });
  }

  async close(): Promise<void> {
    this.ends.forEach((end) => end.destroy());
    this.server.close();
    await once(this.server, "close");
  }
}
