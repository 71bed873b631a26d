import assert from "node:assert";
import type { Rendered } from "../../../components/contract";
import { roomOf } from "../../../components/contract/room";
import { APP_IMAGE } from "../../../components/contract/situations";
import type { Subject } from "../../../components/contract/subject";

const SERVICE: Rendered = {
  kind: "Service",
  metadata: { name: "app-blue" },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
};

const asks = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });

const pod = (spec: object, labels = { app: "web" }) => ({ metadata: { labels }, spec });

const web = (replicas: number, pods: object, more: object = {}): Rendered => ({
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { replicas, template: pod(pods), ...more },
});

/** What the room is of what is rendered for blue, and for blue at zero. */
function roomIn(blue: readonly Rendered[], atZero: readonly Rendered[]) {
  const declared = { service: { name: { blue: "app-blue", green: "app-green" }, port: 80 } };
  const renders = { blue: [SERVICE, ...blue], atZero };
  return roomOf({ declared, renders } as unknown as Subject);
}

const container = (resources: object) => ({ image: APP_IMAGE, ...resources });

describe("what pods ask of the nodes", () => {
  const requestsOf = (spec: object) => {
    const [room] = roomIn([web(3, spec)], [web(0, spec)]);
    return [room!.cpu, room!.memory];
  };

  for (const [cpu, memory, expected] of [
    ["100m", "96Mi", [100, 96]],
    ["0.5", "1Gi", [500, 1024]],
    ["2", "1G", [2000, 954]],
    ["1e-1", "100663296", [100, 96]],
  ] as const) {
    it(`is ${cpu} and ${memory} as the scheduler counts them`, () => {
      assert.deepStrictEqual(requestsOf({ containers: [container(asks(cpu, memory))] }), expected);
    });
  }

  it("is a limit where there is no request, and nothing where there is neither", () => {
    const limits = {
      resources: { requests: { cpu: "100m" }, limits: { cpu: "1", memory: "64Mi" } },
    };
    assert.deepStrictEqual(requestsOf({ containers: [container(limits)] }), [100, 64]);
    assert.deepStrictEqual(requestsOf({ containers: [container({})] }), [0, 0]);
  });

  it("is of all containers and sidecars, or of the largest that runs before them", () => {
    const containers = [container(asks("100m", "100Mi")), asks("100m", "100Mi")];
    const sidecar = { restartPolicy: "Always", ...asks("50m", "50Mi") };
    assert.deepStrictEqual(requestsOf({ containers, initContainers: [sidecar] }), [250, 250]);
    const initContainers = [sidecar, asks("1", "10Mi")];
    assert.deepStrictEqual(requestsOf({ containers, initContainers }), [1050, 250]);
    assert.deepStrictEqual(requestsOf({ containers, overhead: { cpu: "10m" } }), [210, 200]);
  });

  it("is of as many pods as the replicas say, or of as many as the chart does", () => {
    const spec = { containers: [container(asks("100m", "96Mi"))] };
    const of = (replicas: number, atZero: number) =>
      roomIn([web(replicas, spec)], [web(atZero, spec)])[0]?.pods;
    assert.deepStrictEqual([of(3, 0), of(1, 0), of(3, 3)], [undefined, 1, 3]);
  });

  it("counts what a rolling update adds, as the Deployment says or as Kubernetes does", () => {
    const spec = { containers: [container(asks("100m", "96Mi"))] };
    const of = (strategy?: object) =>
      roomIn([web(3, spec, strategy && { strategy })], [])[0]?.surge;
    assert.deepStrictEqual(
      [of(), of({ rollingUpdate: { maxSurge: 1 } }), of({ type: "Recreate" })],
      ["25%", 1, 0],
    );
  });

  it("begins with what serves, and has every workload that keeps pods up, but no Job", () => {
    const spec = { containers: [container(asks("100m", "96Mi"))] };
    const other = (kind: string): Rendered => ({
      kind,
      metadata: { name: kind },
      spec: { replicas: 2, template: pod({ containers: [asks("200m", "1Mi")] }, { app: "other" }) },
    });
    const room = roomIn([other("StatefulSet"), other("Job"), web(3, spec)], [web(0, spec)]);
    assert.deepStrictEqual(room, [
      { surge: "25%", cpu: 100, memory: 96 },
      { pods: 2, surge: 0, cpu: 200, memory: 1 },
    ]);
  });
});
