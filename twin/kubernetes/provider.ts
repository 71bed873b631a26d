import {
  ProviderError,
  type CheckCall,
  type Checked,
  type CreateCall,
  type Created,
  type DeleteCall,
  type DiffCall,
  type Difference,
  type Properties,
  type Provider,
  type ReadCall,
  type ReadResult,
  type UpdateCall,
} from "../plugin/provider";
import { checkSettings, connect, type Connection } from "./resources/connection";
import { checkObject } from "./resources/inputs";
import { diffObject } from "./resources/objectDiff";
import {
  createObject,
  deleteObject,
  readObject,
  readUnreachable,
  updateObject,
} from "./resources/objectResource";
import type { ClusterRegistry } from "./api/objects";
import { checkRelease } from "./helm/releaseInputs";
import {
  createRelease,
  deleteRelease,
  diffRelease,
  readRelease,
  updateRelease,
  type ChartTools,
} from "./helm/releaseResource";

const RELEASE = "kubernetes:helm.sh/v3:Release";

/**
 * The stand-in for the `kubernetes` provider: what happens between the engine and a cluster.
 *
 * @param registry the clusters there are
 * @param tools helm, and the folder that relative paths of charts start from
 */
export function kubernetesProvider(registry: ClusterRegistry, tools: ChartTools): Provider {
  return new KubernetesProvider(registry, tools);
}

class KubernetesProvider implements Provider {
  private readonly canceller = new AbortController();
  private configured: Connection | undefined;

  constructor(
    private readonly registry: ClusterRegistry,
    private readonly tools: ChartTools,
  ) {}

  checkConfig(inputs: Properties): Promise<Checked> {
    return attempt(() => checkSettings(inputs));
  }

  configure(inputs: Properties): Promise<void> {
    return attempt(() => {
      this.configured = connect(inputs, this.registry, this.canceller.signal);
    });
  }

  async check(call: CheckCall): Promise<Checked> {
    const { defaultNamespace } = this.connection;
    return isRelease(call)
      ? checkRelease(call, defaultNamespace, this.tools.root)
      : checkObject(call, defaultNamespace);
  }

  diff(call: DiffCall): Promise<Difference> {
    return attempt(() => (isRelease(call) ? diffRelease(call) : diffObject(call, this.connection)));
  }

  async create(call: CreateCall): Promise<Created> {
    return isRelease(call)
      ? createRelease(call, this.connection, this.tools)
      : createObject(call, this.connection);
  }

  async update(call: UpdateCall): Promise<Properties> {
    return isRelease(call)
      ? updateRelease(call, this.connection, this.tools)
      : updateObject(call, this.connection);
  }

  read(call: ReadCall): Promise<ReadResult | undefined> {
    return attempt(() => {
      const { cluster, settings } = this.connection;
      if (!cluster) {
        return readUnreachable(call, settings);
      }
      return isRelease(call) ? readRelease(call, cluster) : readObject(call, cluster);
    });
  }

  async delete(call: DeleteCall): Promise<void> {
    return isRelease(call)
      ? deleteRelease(call, this.connection)
      : deleteObject(call, this.connection);
  }

  invoke(token: string): Promise<Properties> {
    return Promise.reject(new ProviderError(`The twin does not know the function ${token}.`));
  }

  cancel(): void {
    this.canceller.abort();
  }

  private get connection(): Connection {
    if (!this.configured) {
      throw new ProviderError("The kubernetes provider was used before it was configured.");
    }
    return this.configured;
  }
}

/** Makes what is thrown a rejection. */
function attempt<T>(action: () => T): Promise<T> {
  return new Promise((resolve) => resolve(action()));
}

function isRelease({ type }: { type: string }): boolean {
  return type === RELEASE;
}
