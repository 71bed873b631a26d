import { isDeepStrictEqual } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayCertificates, IngressSource } from "../world/contracts";
import { EMPTY_CONFIGURATION, type GatewayConfiguration } from "../world/gatewayConfiguration";
import { buildConfiguration } from "./ingressConfiguration";
import type { Journal } from "../world/journal";

export interface IngressControllerSettings {
  /** Least time between the end of one update and the next one. Default 1000, as in AGIC. */
  readonly pauseMs?: number;
  /** Pause after an update that failed. Default 5000, as in AGIC. */
  readonly pauseAfterFailureMs?: number;
}

/** What the controller needs of a gateway. */
export interface GatewayUpdater {
  /** The gateway's certificates, which the controller finds there and never writes. */
  readonly certificates: GatewayCertificates;
  put(configuration: GatewayConfiguration): Promise<void>;
}

/**
 * Stand-in for AGIC: after a change in the cluster it builds the whole configuration from all
 * Ingress objects and PUTs it, waits until that is complete, and only then looks at what changed
 * meanwhile.
 */
export class IngressController {
  private readonly stopped = new AbortController();
  private readonly pauseMs: number;
  private readonly pauseAfterFailureMs: number;
  private lastUpdate = 0;
  private applied: GatewayConfiguration = EMPTY_CONFIGURATION;
  private refused = new Set<string>();
  private changed = false;
  private working = false;

  constructor(
    private readonly source: IngressSource,
    private readonly gateway: GatewayUpdater,
    private readonly journal: Journal,
    settings: IngressControllerSettings = {},
  ) {
    this.pauseMs = settings.pauseMs ?? 1000;
    this.pauseAfterFailureMs = settings.pauseAfterFailureMs ?? 5000;
    source.onChange(() => this.onChange());
    this.onChange();
  }

  stop(): void {
    this.stopped.abort();
  }

  private onChange(): void {
    this.changed = true;
    if (!this.working && !this.stopped.signal.aborted) {
      this.working = true;
      void this.work();
    }
  }

  /** One update after the other until nothing changes any more. */
  private async work(): Promise<void> {
    const { signal } = this.stopped;
    try {
      while (this.changed) {
        await delay(Math.max(0, this.lastUpdate + this.pauseMs - Date.now()), undefined, {
          signal,
        });
        this.changed = false;
        if (!(await this.update())) {
          this.changed = true;
          await delay(this.pauseAfterFailureMs, undefined, { signal });
        }
        this.lastUpdate = Date.now();
      }
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    } finally {
      this.working = false;
    }
  }

  /** Resolves to false when the gateway did not take the configuration. */
  private async update(): Promise<boolean> {
    const { configuration, refusals } = buildConfiguration(this.source, this.gateway.certificates);
    this.report(refusals);
    if (isDeepStrictEqual(configuration, this.applied)) {
      return true;
    }
    try {
      await this.gateway.put(configuration);
      this.applied = configuration;
      return true;
    } catch (error) {
      this.stopped.signal.throwIfAborted();
      this.journal.write("ingress controller", "update failed", { reason: String(error) });
      return false;
    }
  }

  private report(refusals: readonly string[]): void {
    for (const reason of refusals.filter((each) => !this.refused.has(each))) {
      this.journal.write("ingress controller", "refused", { reason });
    }
    this.refused = new Set(refusals);
  }
}
