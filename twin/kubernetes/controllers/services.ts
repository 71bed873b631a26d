import { isDeepStrictEqual } from "node:util";
import type { PoolMember } from "../../world/gatewayConfiguration";
import type { KubeObject, ObjectReference } from "../api/objects";
import { refOf, type ObjectStore } from "../api/store";
import {
  as,
  isFinished,
  isReady,
  isTerminating,
  matches,
  type Pod,
  type Service,
  type ServicePort,
  portNumber,
} from "../api/types";
import { Controller } from "./controller";

/** The pods behind a Service: those with an address that neither end nor have ended. */
export function podsBehind(store: ObjectStore, service: Service): Pod[] {
  const { selector } = service.spec;
  return store
    .list({ apiVersion: "v1", kind: "Pod" }, service.metadata.namespace)
    .map((pod) => as<Pod>(pod))
    .filter(
      (pod) =>
        selector !== undefined &&
        matches(selector, pod.metadata.labels) &&
        pod.status?.podIP !== undefined &&
        !isTerminating(pod) &&
        !isFinished(pod),
    );
}

/** Where a Service port leads on one pod. */
export function targetOf(pod: Pod, { targetPort }: ServicePort): PoolMember {
  const { containers, initContainers = [] } = pod.spec;
  const ports = [...containers, ...initContainers].map((c) => portNumber(targetPort, c));
  return { address: pod.status?.podIP ?? "", port: ports.find((port) => port > 0) ?? 0 };
}

export function findPort(service: Service, port: number | string): ServicePort | undefined {
  return service.spec.ports?.find((p) => p.port === port || p.name === port);
}

/** Keeps the Endpoints object of every Service with a selector. */
export class EndpointsController extends Controller {
  constructor(store: ObjectStore) {
    super(store, "Service");
  }

  protected override concerned({ metadata: { namespace, labels } }: KubeObject): ObjectReference[] {
    return this.store
      .list({ apiVersion: "v1", kind: "Service" }, namespace)
      .filter((service) => matches(as<Service>(service).spec.selector ?? {}, labels))
      .map(refOf);
  }

  protected override reconcile(ref: ObjectReference): void {
    const endpoints = { ...ref, kind: "Endpoints" };
    const object = this.store.get(ref);
    if (!object) {
      this.store.remove(endpoints);
      return;
    }
    const service = as<Service>(object);
    if (!service.spec.selector) {
      return;
    }
    const subsets = subsetsOf(service, podsBehind(this.store, service));
    const old = this.store.get(endpoints);
    if (!old || !isDeepStrictEqual(old.subsets, subsets)) {
      const { namespace, name } = ref;
      this.store.put({
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { namespace, name },
        subsets,
      });
    }
  }
}

function subsetsOf(service: Service, pods: readonly Pod[]) {
  if (pods.length === 0) {
    return [];
  }
  const address = (pod: Pod) => {
    const { name, namespace } = pod.metadata;
    return { ip: pod.status?.podIP, targetRef: { kind: "Pod", name, namespace } };
  };
  const ready = pods.filter(isReady).map(address);
  const notReady = pods.filter((pod) => !isReady(pod)).map(address);
  const first = pods[0] as Pod;
  return [
    {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ports: (service.spec.ports ?? []).map((port) => ({
        ...(port.name === undefined ? {} : { name: port.name }),
        port: targetOf(first, port).port,
        protocol: "TCP",
      })),
    },
  ];
}
