import assert from "node:assert";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ownSlotShapes } from "../../../components/chart";
import { clusterLists } from "../../../components/facts/clusterLists";
import type { ReleaseFacts } from "../../../components/facts/facts";
import { clusterSource } from "../../../components/facts/fromCluster";

const HOSTS = { production: "a.example", blue: "b.example", green: "g.example" };

interface Status {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
}

/** What a Deployment of three pods says when all of them are of its newest template and ready. */
const ROLLED: Status = {
  observedGeneration: 4,
  replicas: 3,
  updatedReplicas: 3,
  readyReplicas: 3,
};

const mountOf = (secretProviderClassName: string, version: string, mounted = true) => ({
  status: { secretProviderClassName, mounted, objects: [{ id: "secret/app", version }] },
});

/** What pods have mounted: one of this slot, one of it before its files were there, two of others. */
const secretproviderclasspodstatuses = [
  mountOf("app-green-0000a007", "0000a007e"),
  mountOf("app-green-0000a006", "0000a006e", false),
  mountOf("app-blue-0000a008", "0000a008e"),
  mountOf("app-greenish-0000a009", "0000a009e"),
];

/** A Deployment of generation 4. */
function deployment(
  status: Status,
  replicas: number,
  annotations?: Record<string, string>,
  podAnnotations?: Record<string, string>,
) {
  const volumes = [
    { name: "secrets", csi: { volumeAttributes: { secretProviderClass: "app-green-0000a007" } } },
  ];
  return {
    metadata: { name: "app-green", generation: 4, ...(annotations && { annotations }) },
    spec: {
      replicas,
      template: {
        ...(podAnnotations && { metadata: { annotations: podAnnotations } }),
        spec: {
          containers: [
            { name: "proxy", image: "proxy:1" },
            { name: "app", image: "app:1.1.0" },
          ],
          volumes,
        },
      },
    },
    status,
  };
}

describe("a release in the cluster", () => {
  let server: Server;
  let deployments: object[];
  let isGone = false;

  before(async () => {
    server = createServer(({ url = "" }, response) => {
      const kind = new URL(url, "http://cluster").pathname.split("/").at(-1)!;
      const serviceaccounts = [{ metadata: { name: "app-green" } }];
      const services = isGone ? [] : serviceaccounts;
      const items = { deployments, services, serviceaccounts, secretproviderclasspodstatuses }[
        kind
      ];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ items }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  after(() => server.close());

  async function release(
    status: Status,
    replicas = 3,
    annotations?: Record<string, string>,
    podAnnotations?: Record<string, string>,
  ): Promise<ReleaseFacts | undefined> {
    deployments = [deployment(status, replicas, annotations, podAnnotations)];
    const { port } = server.address() as AddressInfo;
    const lists = clusterLists({
      server: `http://127.0.0.1:${port}`,
      options: () => Promise.resolve({}),
    });
    return clusterSource(lists, "app", HOSTS).release(ownSlotShapes("app").green, "app-green");
  }

  it("has its image, its template and its counts", async () => {
    const annotations = { "rotation/template": "0123456789ab" };
    assert.deepStrictEqual(await release(ROLLED, 3, annotations), {
      replicas: 3,
      ready: 3,
      image: "app:1.1.0",
      template: "0123456789ab",
      earlier: 0,
      isWhole: true,
      pinned: "0000a007",
      mounted: ["0000a007e"],
    });
  });

  it("has no template where an older version of this program, or a chart without one, made it", async () => {
    assert.strictEqual((await release(ROLLED))?.template, undefined);
    assert.strictEqual(
      (await release(ROLLED, 3, { "rotation/template": "" }))?.template,
      undefined,
    );
  });

  it("has the template of its pods where the chart has no annotations for the Deployment", async () => {
    const found = await release(ROLLED, 3, undefined, { "rotation/template": "0123456789ab" });
    assert.strictEqual(found?.template, "0123456789ab");
  });

  it("names what of it is missing", async () => {
    isGone = true;
    try {
      assert.deepStrictEqual((await release(ROLLED))?.gone, ["Service app-green"]);
    } finally {
      isGone = false;
    }
  });

  for (const [title, status, replicas, earlier] of [
    ["one pod is not ready", { ...ROLLED, readyReplicas: 2 }, 3, 0],
    ["one pod is of an earlier template", { ...ROLLED, updatedReplicas: 2 }, 3, 1],
    [
      "a pod more is there, of an earlier template",
      { ...ROLLED, replicas: 4, readyReplicas: 4 },
      3,
      1,
    ],
    ["a pod is missing", { ...ROLLED, replicas: 2, updatedReplicas: 2, readyReplicas: 2 }, 3, 0],
    ["more pods are wanted since", ROLLED, 5, 0],
    ["its newest template has not been seen yet", { ...ROLLED, observedGeneration: 3 }, 3, 3],
    ["it is to have no pods", { observedGeneration: 4 }, 0, 0],
    ["it has no status yet", {}, 3, 0],
  ] as const) {
    it(`is not whole while ${title}`, async () => {
      const found = await release(status, replicas);
      assert.deepStrictEqual([found?.isWhole, found?.earlier], [false, earlier]);
    });
  }
});
