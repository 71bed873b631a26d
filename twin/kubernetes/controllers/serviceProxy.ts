import net from "node:net";
import type { Journal } from "../../world/journal";
import { podsBehind, targetOf } from "./services";
import type { Change, ObjectStore } from "../api/store";
import { as, isReady, type Service, type ServicePort } from "../api/types";

/** Carries connections to a Service's cluster address on to its ready pods, as kube-proxy does. */
export class ServiceProxy {
  private readonly servers = new Map<string, net.Server[]>();
  private readonly sockets = new Set<net.Socket>();
  private readonly unwatch: () => void;

  constructor(
    private readonly store: ObjectStore,
    private readonly journal: Journal,
  ) {
    this.unwatch = store.watch((change) => this.observe(change));
  }

  async stop(): Promise<void> {
    this.unwatch();
    this.sockets.forEach((socket) => socket.destroy());
    const servers = [...this.servers.values()].flat().filter((server) => server.listening);
    await Promise.all(servers.map((s) => new Promise((resolve) => s.close(resolve))));
  }

  private observe({ type, object }: Change): void {
    if (object.kind !== "Service") {
      return;
    }
    const service = as<Service>(object);
    const uid = service.metadata.uid ?? "";
    // The ports of a Service may change at any time, so the listeners are simply made anew.
    this.servers.get(uid)?.forEach((server) => server.close());
    this.servers.delete(uid);
    const { clusterIP = "None", selector, ports = [] } = service.spec;
    if (type !== "deleted" && clusterIP !== "None" && selector) {
      this.servers.set(
        uid,
        ports.map((port) => this.listen(service, clusterIP, port)),
      );
    }
  }

  private listen(service: Service, clusterIP: string, port: ServicePort): net.Server {
    const server = net.createServer((client) => this.forward(service, port, client));
    server.on("error", (error) => {
      const { namespace, name } = service.metadata;
      const detail = { namespace, service: name, port: port.port, reason: error.message };
      this.journal.write("kubernetes", "service unreachable", detail);
    });
    return server.listen(port.port, clusterIP);
  }

  private forward(service: Service, port: ServicePort, client: net.Socket): void {
    const pods = podsBehind(this.store, service).filter(isReady);
    const pod = pods[Math.floor(Math.random() * pods.length)];
    if (!pod) {
      client.resetAndDestroy();
      return;
    }
    const { address, port: targetPort } = targetOf(pod, port);
    const upstream = net.connect(targetPort, address);
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on("error", () => peer.destroy());
      socket.on("close", () => {
        this.sockets.delete(socket);
        peer.end();
      });
      socket.pipe(peer);
    }
  }
}
