import assert from "node:assert";
import { FieldOwners } from "../../../../twin/kubernetes/api/fieldOwners";
import type { KubeObject } from "../../../../twin/kubernetes/api/objects";

function ingress(service: string): KubeObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "app", namespace: "app", uid: "1" },
    spec: { ingressClassName: "gateway", rules: [{ service }] },
  };
}

const PULUMI = { manager: "pulumi", force: false };
const KUBECTL = { manager: "kubectl-patch", force: true };

describe("owners of fields", () => {
  let owners: FieldOwners;
  let live: KubeObject | undefined;

  function submit(object: KubeObject, writer: typeof PULUMI): void {
    owners.claim(object, live, writer)("1");
    live = object;
  }

  beforeEach(() => {
    owners = new FieldOwners();
    live = undefined;
    submit(ingress("app-blue"), PULUMI);
  });

  it("let a client change what it wrote itself", () => {
    submit(ingress("app-green"), PULUMI);
  });

  it("stop it where another one wrote last, though that put it back as it was", () => {
    submit(ingress("app-green"), KUBECTL);
    submit(ingress("app-blue"), KUBECTL);
    assert.throws(() => submit(ingress("app-green"), PULUMI), {
      code: 409,
      message:
        'Apply failed with 1 conflict: conflict with "kubectl-patch" using ' +
        "networking.k8s.io/v1: .spec.rules",
    });
  });

  it("do not mind what is the same already", () => {
    submit(ingress("app-green"), KUBECTL);
    submit(ingress("app-green"), PULUMI);
  });

  it("change with a write that is forced", () => {
    submit(ingress("app-green"), KUBECTL);
    submit(ingress("app-blue"), { ...PULUMI, force: true });
    submit(ingress("app-green"), PULUMI);
  });
});
