import assert from "node:assert";
import type { SlotName } from "../../../components/plan/rotationPlan";
import { agicTrafficSwitch } from "../../../components/rotation/trafficSwitch";
import { MockProgram, type Registration } from "../../../mocks/mocks";
import { rotationEnvironment } from "../../support/rotationEnvironment";

interface Rule {
  readonly host: string;
  readonly http: {
    readonly paths: {
      readonly path: string;
      readonly backend: { service: { readonly name: string; readonly port: object } };
    }[];
  };
}

const environment = rotationEnvironment();

async function ingressFor(live: SlotName): Promise<Registration> {
  const program = await MockProgram.start();
  agicTrafficSwitch("traffic", { environment, live }, {});
  await program.drained();
  return program.find("kubernetes:networking.k8s.io/v1:Ingress", "traffic");
}

function rulesOf({ inputs }: Registration): readonly Rule[] {
  return (inputs["spec"] as { rules: Rule[] }).rules;
}

/** An Ingress of another team that is taken over, with the Service from before the stack. */
const adopting = {
  ...environment,
  namespace: "team",
  ingress: "shop",
  adopted: {
    legacyRole: "legacy",
    ownerRole: "legacy",
    databaseName: "shop",
    searchPath: undefined,
    statementTimeout: undefined,
    idleInTransactionTimeout: undefined,
    legacyService: { name: "shop-web", port: 8080 },
  },
};

async function patchFor(live: SlotName | "legacy"): Promise<Registration> {
  const program = await MockProgram.start();
  agicTrafficSwitch("traffic", { environment: adopting, live }, {});
  await program.drained();
  assert.deepStrictEqual(program.ofType("kubernetes:networking.k8s.io/v1:Ingress"), []);
  return program.find("kubernetes:networking.k8s.io/v1:IngressPatch", "traffic");
}

/** Which service answers for a host. */
function backends(ingress: Registration): Record<string, string> {
  return Object.fromEntries(
    rulesOf(ingress).map(({ host, http }) => [host, http.paths[0]!.backend.service.name]),
  );
}

describe("agicTrafficSwitch", () => {
  it("always has three hosts, of which the stage hosts never move", async () => {
    assert.deepStrictEqual(backends(await ingressFor("blue")), {
      "app.example.invalid": "app-blue",
      "blue.example.invalid": "app-blue",
      "green.example.invalid": "app-green",
    });
    assert.deepStrictEqual(backends(await ingressFor("green")), {
      "app.example.invalid": "app-green",
      "blue.example.invalid": "app-blue",
      "green.example.invalid": "app-green",
    });
  });

  it("changes nothing but the name of production's service", async () => {
    const [blue, green] = [await ingressFor("blue"), await ingressFor("green")];
    const [production] = rulesOf(blue);
    production!.http.paths[0]!.backend.service = {
      ...production!.http.paths[0]!.backend.service,
      name: "app-green",
    };
    assert.deepStrictEqual(blue.inputs, green.inputs);
  });

  it("sends every path of a host to port 80 of its service", async () => {
    for (const { http } of rulesOf(await ingressFor("blue"))) {
      assert.strictEqual(http.paths.length, 1);
      const { path, backend } = http.paths[0]!;
      assert.strictEqual(path, "/");
      assert.deepStrictEqual(backend.service.port, { number: 80 });
    }
  });

  it("has the gateway drain what leaves a pool, and ask for readiness itself", async () => {
    const { inputs } = await ingressFor("green");
    const { annotations, name, namespace } = inputs["metadata"] as {
      annotations: Record<string, string>;
      name: string;
      namespace: string;
    };
    assert.deepStrictEqual([name, namespace], ["app", "app"]);
    const agic = (key: string) => annotations[`appgw.ingress.kubernetes.io/${key}`];
    assert.strictEqual(agic("connection-draining"), "true");
    assert.strictEqual(agic("health-probe-path"), "/readyz");
    assert.strictEqual(agic("health-probe-hostname"), "app.example.invalid");
    assert.strictEqual(annotations["pulumi.com/skipAwait"], "true");
  });

  it("serves over TLS with the gateway's own certificate, and redirects plain HTTP", async () => {
    const { inputs } = await ingressFor("blue");
    const { annotations } = inputs["metadata"] as { annotations: Record<string, string> };
    const agic = (key: string) => annotations[`appgw.ingress.kubernetes.io/${key}`];
    assert.strictEqual(agic("appgw-ssl-certificate"), environment.gateway.certificateName);
    assert.strictEqual(agic("ssl-redirect"), "true");
    assert.strictEqual(
      (inputs["spec"] as { tls?: object }).tls,
      undefined,
      "AGIC prefers a certificate of the cluster where an Ingress names one",
    );
  });

  it("takes an Ingress of another team over with the fields that one of its own has", async () => {
    const [own, taken] = [await ingressFor("green"), await patchFor("green")];
    const { name, namespace, ...metadata } = own.inputs["metadata"] as Record<string, unknown>;
    assert.deepStrictEqual([name, namespace], ["app", "app"]);
    assert.deepStrictEqual(
      { metadata: taken.inputs["metadata"], spec: taken.inputs["spec"] },
      { metadata: { ...metadata, name: "shop", namespace: "team" }, spec: own.inputs["spec"] },
    );
    assert.strictEqual(taken.options.retainOnDelete, true);
  });

  it("leads production to the Service from before the stack, and the stage hosts to the slots", async () => {
    assert.deepStrictEqual(backends(await patchFor("legacy")), {
      "app.example.invalid": "shop-web",
      "blue.example.invalid": "app-blue",
      "green.example.invalid": "app-green",
    });
    const [production] = rulesOf(await patchFor("legacy"));
    assert.deepStrictEqual(production!.http.paths[0]!.backend.service.port, { number: 8080 });
  });

  it("gives a member that leaves as long as a request may take", async () => {
    const { inputs } = await ingressFor("green");
    const { annotations } = inputs["metadata"] as { annotations: Record<string, string> };
    const seconds = (key: string) => Number(annotations[`appgw.ingress.kubernetes.io/${key}`]);
    assert.ok(seconds("connection-draining-timeout") >= seconds("request-timeout"));
    const unhealthy =
      seconds("health-probe-unhealthy-threshold") *
      (seconds("health-probe-interval") + seconds("health-probe-timeout"));
    assert.ok(unhealthy < environment.release.preStopSeconds, `${unhealthy} s`);
  });
});
