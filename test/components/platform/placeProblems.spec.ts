import assert from "node:assert";
import { ClusterRefusal } from "../../../components/facts/clusterLists";
import type { PlaceAnswers, PlaceNeeds } from "../../../components/platform/place";
import { askPlace } from "../../../components/platform/placeQuestions";
import { Readings } from "../../../components/platform/readings";
import { PATHS } from "../../support/clusterOfOthers";
import { REFERENCE } from "../../support/existingPlatform";
import {
  clusterWith,
  HOST,
  named,
  NEEDS,
  OBJECTS,
  PLACE_ROWS,
  problemsWith,
  rule,
  STACK,
  withIngress,
} from "../../support/placeRows";

describe("a namespace of another team", () => {
  it("fits when everything is as it has to be", async () => {
    assert.deepStrictEqual(await problemsWith({}), []);
    const none = { ingress: undefined, legacyService: undefined };
    assert.deepStrictEqual(await problemsWith({ [PATHS.ingresses]: [] }, none), []);
  });

  for (const [what, changes, texts, needs] of PLACE_ROWS) {
    it(`is refused when it ${what}`, async () => {
      const found = await problemsWith(changes, needs);
      assert.strictEqual(found.length, texts.length, found.join("\n"));
      texts.forEach((text, index) => assert.match(found[index]!, text));
    });
  }

  it("says everything at once", async () => {
    const found = await problemsWith({ [PATHS.ingresses]: [], [PATHS.service]: undefined });
    assert.deepStrictEqual(
      found.map((text) => text.split(" ")[0]),
      ["rotation:ingress", "rotation:legacyService"],
    );
  });

  it("takes what an attempt of the same stack has left for its own", async () => {
    const mark = { annotations: { "rotation/stack": STACK } };
    const left = {
      [PATHS.policies]: [named("app-deny-all-proofs", mark)],
      [PATHS.accounts]: [named("app-blue")],
      ...withIngress(
        ({ spec }) =>
          (spec["rules"] = [
            rule(HOST, "/"),
            rule(`blue.${HOST}`, "/"),
            rule(`green.${HOST}`, "/"),
          ]),
      ),
    };
    assert.deepStrictEqual(await problemsWith(left), []);
  });

  it("is asked for itself alone once a run has completed, and for the Service while that may serve", async () => {
    const after = { ...NEEDS, isFirst: false };
    const askedWith = async (needs: PlaceNeeds): Promise<[string[], PlaceAnswers]> => {
      const asked: string[] = [];
      const answers = await askPlace(clusterWith(OBJECTS, asked), "id", needs, new Readings([]));
      return [asked.map((path) => path.split("?")[0]!), answers];
    };
    assert.deepStrictEqual((await askedWith({ ...after, legacyServes: false }))[0], [
      PATHS.namespace,
    ]);
    assert.deepStrictEqual((await askedWith(after))[0], [
      PATHS.namespace,
      PATHS.service,
      PATHS.pods,
    ]);
    const gone = { [PATHS.ingresses]: [], [PATHS.pods]: [] };
    assert.deepStrictEqual(await problemsWith(gone, { isFirst: false, legacyServes: false }), []);
  });

  for (const [status, text] of [
    [
      401,
      /^rotation:namespace cannot be read: not logged in \(401\): `az login`, .*"Azure Kubernetes Service RBAC Cluster Admin" on \/subscriptions\//,
    ],
    [
      403,
      /^rotation:namespace cannot be read: no right to \(403\)\. .*"Azure Kubernetes Service RBAC Cluster Admin" on \/subscriptions\//,
    ],
  ] as const) {
    it(`says once who needs what when the cluster answers ${status}`, async () => {
      const refuse = () => Promise.reject(new ClusterRefusal("refused", status));
      const readings = new Readings(["namespace"]);
      const cluster = { list: refuse, object: refuse };
      await askPlace(cluster, REFERENCE.clusterId, NEEDS, readings);
      assert.strictEqual(readings.problems.length, 1);
      assert.match(readings.problems[0]!, text);
    });
  }

  it("says which name leads nowhere when the cluster cannot be reached", async () => {
    const lost = () => Promise.reject(new Error("getaddrinfo ENOTFOUND aks.privatelink.azmk8s.io"));
    const readings = new Readings(["namespace"]);
    await askPlace({ list: lost, object: lost }, REFERENCE.clusterId, NEEDS, readings);
    assert.match(readings.problems[0]!, /DNS knows no aks\.privatelink\.azmk8s\.io: `nslookup/);
  });
});
