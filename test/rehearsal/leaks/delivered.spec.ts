import assert from "node:assert";
import { belongings } from "../../../rehearsal/leaks/delivered";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";

const credential = (secretName: string, version: string, value: string) => ({
  name: `${secretName} ${version}`,
  secretName,
  version,
  value,
  enabled: true,
});

const BLUE = credential("app-blue", "11111111aaaa", "password of blue");
const EARLIER = credential("app-blue", "22222222aaaa", "earlier password of blue");
const GREEN = credential("app-green", "33333333aaaa", "password of green");
const RETIRED = credential("app-retired", "44444444aaaa", EARLIER.value);
const ROTATOR = credential("app-rotator", "11111111bbbb", "password of the rotator");
const ALL = [BLUE, EARLIER, GREEN, RETIRED, ROTATOR];

const OBJECTS = "Kubernetes objects";

const delivered = (slot: string, id: string) => ({
  urn: `urn:pulumi:test::rotation::rotation:index:Rotation$rotation:index:Slot$kubernetes:core/v1:Secret::rotation-${slot}-delivered`,
  id,
});

function pod(name: string, container: object): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "app", name },
    spec: { containers: [{ name: "app", image: "app:1", ...container }] },
  };
}

const variable = (secret: string) => ({
  env: [{ name: "PGPASSWORD", valueFrom: { secretKeyRef: { key: "password", name: secret } } }],
});

describe("what a Secret delivers", () => {
  it("belongs into the data of that object of the state, and into no other", () => {
    const found = belongings(ALL, [delivered("blue", "app/app-blue-4-11111111")], []);
    assert.deepStrictEqual(
      [...found],
      [[BLUE.value, [{ place: OBJECTS, file: "Secret_app_app-blue-4-11111111_data" }]]],
    );
  });

  it("belongs into the data of the Secret that a holder of the state has written, and of no other", () => {
    const holder = {
      urn: "urn:pulumi:test::rotation::rotation:index:Slot$kubernetes:apps/v1:Deployment::rotation-green-holder",
      id: "app/app-green-5-abc123-33333333-holder",
    };
    assert.deepStrictEqual(
      [...belongings(ALL, [holder], [])],
      [[GREEN.value, [{ place: OBJECTS, file: "Secret_app_app-green-5-abc123-33333333_data" }]]],
    );
    const other = { ...holder, urn: holder.urn.replace("-holder", "-other") };
    assert.deepStrictEqual([...belongings(ALL, [other], [])], []);
  });

  it("belongs nowhere but into the vault where the program makes no Secret", () => {
    assert.deepStrictEqual([...belongings(ALL, [], [])], []);
    const other = { urn: "urn:pulumi:test::rotation::kubernetes:core/v1:Secret::mine", id: "a/b" };
    assert.deepStrictEqual([...belongings(ALL, [other], [])], []);
  });

  it("belongs into the environment of pods of its slot that are told to read it there", () => {
    const resources = [delivered("blue", "app/app-blue-abc123-4-11111111")];
    const pods = [
      pod("app-blue-1", variable("app-blue-4-11111111")),
      pod("app-green-1", { envFrom: [{ secretRef: { name: "chart" } }] }),
    ];
    const found = belongings(ALL, resources, pods);
    const environments = [...found].flatMap(([value, places]) =>
      places.flatMap(({ place, lines }) => (place === OBJECTS ? [] : [[value, place, lines]])),
    );
    const lines = /(?:^| )HOSTNAME=app-blue-/;
    assert.deepStrictEqual(environments, [
      [BLUE.value, "process environments", lines],
      [EARLIER.value, "process environments", lines],
    ]);
  });
});
