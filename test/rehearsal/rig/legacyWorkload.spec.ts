import assert from "node:assert";
import { ownSlotShapes } from "../../../components/chart";
import type { ClusterReads } from "../../../components/facts/clusterLists";
import { placeProblems } from "../../../components/platform/placeProblems";
import { askPlace } from "../../../components/platform/placeQuestions";
import { Readings } from "../../../components/platform/readings";
import { legacyObjects, type LegacyWorkload } from "../../../rehearsal/rig/legacyWorkload";
import { kindAt } from "../../../twin/kubernetes/api/kinds";
import { parseSelector } from "../../../twin/kubernetes/api/selectors";
import { PATHS } from "../../support/clusterOfOthers";
import { TestCluster } from "../../support/testCluster";

const WORKLOAD: LegacyWorkload = {
  namespace: "team-shop",
  image: "team/shop:1",
  env: { PGUSER: "Shop-App.Legacy" },
  secretEnv: { PGPASSWORD: "of the login of today" },
  service: { name: "shop", port: 8080 },
  path: "/readyz",
  ingress: "shop",
  host: "app.rehearsal.test",
  certificate: "production",
  preStopSeconds: 1,
  replicas: 2,
};

/** Answers everything, and holds nothing. */
const SERVER = {
  entrypoint: [
    process.execPath,
    "-e",
    `require("node:http").createServer((_, response) => response.end())
      .listen(Number(process.env.PORT), process.env.TWIN_POD_ADDRESS)`,
  ],
};

describe("an application of another team in the twin's cluster", function () {
  this.timeout(60_000);
  let test: TestCluster;

  before(async () => {
    test = await TestCluster.start({}, { images: () => SERVER });
    for (const object of legacyObjects(WORKLOAD)) {
      await test.cluster.apply(object);
    }
  });
  after(() => test.stop());

  it("serves, and can be taken over as it is", async () => {
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "team-shop", name: "shop" };
    await test.cluster.until(
      ref,
      (object) => object?.status?.["readyReplicas"] === WORKLOAD.replicas,
      AbortSignal.timeout(30_000),
    );
    const place = /^(\/apis?(?:\/[^/]+)?\/v1)(?:\/namespaces\/([^/]+))?\/(\w+)/;
    const list = (path: string) => {
      const { pathname, searchParams } = new URL(path, "https://cluster");
      const [, base = "", namespace, plural = ""] = place.exec(pathname)!;
      const selected = parseSelector(searchParams.get("labelSelector") ?? "");
      return test.cluster
        .list(kindAt(base, plural)!, namespace)
        .filter(({ metadata }) => selected(metadata.labels ?? {}));
    };
    const reads: ClusterReads = {
      list: (path) => Promise.resolve(list(path) as never),
      object: (path) =>
        Promise.resolve(
          test.cluster.get(
            path === PATHS.namespace
              ? { apiVersion: "v1", kind: "Namespace", name: "team-shop" }
              : { apiVersion: "v1", kind: "Service", namespace: "team-shop", name: "shop" },
          ) as never,
        ),
    };
    const needs = {
      application: "app",
      namespace: "team-shop",
      podSecurity: "baseline",
      hosts: {
        productionHost: WORKLOAD.host,
        stageBlueHost: `blue.${WORKLOAD.host}`,
        stageGreenHost: `green.${WORKLOAD.host}`,
      },
      slots: ownSlotShapes("app"),
      ingress: "shop",
      annotations: {
        "appgw.ingress.kubernetes.io/appgw-ssl-certificate": "production",
        "appgw.ingress.kubernetes.io/health-probe-path": "/readyz",
      },
      legacyService: WORKLOAD.service,
      legacyServes: true,
      isFirst: true,
      stack: "organization/rotation/rehearsal",
    } as const;
    const readings = new Readings([]);
    const answers = await askPlace(reads, "id", needs, readings);
    assert.deepStrictEqual([...readings.problems, ...placeProblems(needs, answers)], []);
    assert.strictEqual(answers.ingresses?.length, 1);
  });
});
