import type { Cloud } from "./azure/arm/resourceType";
import { Gateway } from "./gateway/gateway";
import type { UpdateTimes } from "./gateway/updateTimes";
import type { Cluster } from "./kubernetes/cluster";
import type { PostgresServer } from "./postgresql/server";
import type { VaultPlane } from "./vault/vault";

/** Something of the cloud that goes wrong, in the layer in which it would. */
export type Fault =
  /** Every update of the gateway takes this long. */
  | { readonly kind: "gateway slow"; readonly seconds: number }
  /** The next updates of the gateway fail at their end; all of them when no number is given. */
  | { readonly kind: "gateway fails"; readonly reason: string; readonly updates?: number }
  /** The vault answers the next requests of one plane with a status. */
  | {
      readonly kind: "vault answers";
      readonly plane: VaultPlane;
      readonly status: number;
      readonly requests: number;
    }
  /** The next creation of each of these ARM types fails after it was accepted: what it made is there. */
  | { readonly kind: "creations fail"; readonly types: readonly string[] }
  /** Whoever runs `pulumi up` may not read these resources, by their ids. */
  | { readonly kind: "resources unreadable"; readonly ids: readonly string[] }
  /** Pods whose names begin so, and that have these labels, stay NotReady. */
  | {
      readonly kind: "pods never ready";
      readonly pods: string;
      readonly labels?: Readonly<Record<string, string>>;
    }
  /** Autoscalers start a target that was scaled to no pods, as KEDA does it (kedacore/keda#523). */
  | { readonly kind: "autoscalers start from zero" }
  /** The database is away for a while, and all sessions end. */
  | { readonly kind: "database restart"; readonly seconds: number }
  /** The connection is lost after the next COMMIT of the postgresql provider that took effect. */
  | { readonly kind: "commit lost" };

/** The parts of the twin that can go wrong. */
export interface Faulty {
  readonly cloud: Cloud;
  cluster(): Cluster;
  database(): PostgresServer;
  /** What the stand-in of the postgresql provider asks after every COMMIT. */
  readonly commits: CommitFaults;
}

/** Which answers to a COMMIT get lost. */
export class CommitFaults {
  private due = 0;

  lose(): void {
    this.due++;
  }

  none(): void {
    this.due = 0;
  }

  /** Whether this answer is lost. */
  take(): boolean {
    return this.due > 0 && this.due-- > 0;
  }
}

/** Lets one thing go wrong; resolves when it has begun, a restart when it is over. */
export async function begin(twin: Faulty, fault: Fault): Promise<void> {
  twin.cloud.world.journal.write("rehearsal", "fault", { ...fault });
  switch (fault.kind) {
    case "gateway slow":
      gateways(twin).forEach((gateway) => (gateway.updateSeconds = fault.seconds));
      return;
    case "gateway fails":
      gateways(twin).forEach((gateway) => gateway.failUpdates(fault.reason, fault.updates));
      return;
    case "vault answers":
      for (const { service } of twin.cloud.vaults.values()) {
        service.fail(fault.status, fault.requests, fault.plane);
      }
      return;
    case "creations fail":
      twin.cloud.situation.failing.push(...fault.types);
      return;
    case "resources unreadable":
      fault.ids.forEach((id) => twin.cloud.situation.unreadable.add(id));
      return;
    case "pods never ready":
      twin.cluster().faults.podsNeverReady = ({ metadata: { labels = {}, name } }) =>
        name.startsWith(fault.pods) &&
        Object.entries(fault.labels ?? {}).every(([key, value]) => labels[key] === value);
      return;
    case "autoscalers start from zero":
      twin.cluster().faults.scalesFromZero = true;
      return;
    case "database restart":
      await twin.database().restart(fault.seconds);
      return;
    case "commit lost":
      twin.commits.lose();
  }
}

/** Ends everything that goes wrong. */
export function mend(
  twin: Faulty,
  { gatewaySeconds }: { gatewaySeconds: number | UpdateTimes },
): void {
  twin.cloud.world.journal.write("rehearsal", "mended", {});
  for (const gateway of gateways(twin)) {
    gateway.updateSeconds = gatewaySeconds;
    gateway.failUpdates("", 0);
  }
  for (const { service } of twin.cloud.vaults.values()) {
    service.mend();
  }
  twin.cloud.situation.failing.length = 0;
  twin.cloud.situation.unreadable.clear();
  delete twin.cluster().faults.podsNeverReady;
  delete twin.cluster().faults.scalesFromZero;
  twin.commits.none();
}

function gateways({ cloud }: Faulty): Gateway[] {
  return [...cloud.gateways.values()].filter((handle) => handle instanceof Gateway);
}
