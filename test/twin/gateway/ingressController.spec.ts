import assert from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayCertificates, IngressSource, PodProbe } from "../../../twin/world/contracts";
import { startGateway } from "../../../twin/gateway/gateway";
import type { GatewayConfiguration, PoolMember } from "../../../twin/world/gatewayConfiguration";
import {
  buildConfiguration,
  type BuiltConfiguration,
} from "../../../twin/gateway/ingressConfiguration";
import { IngressController } from "../../../twin/gateway/ingressController";
import { ask, loopbackAddress, LoopbackServer, TestJournal } from "../../support/loopback";

const ANNOTATION = "appgw.ingress.kubernetes.io";
const NO_PAUSE = { pauseMs: 0, pauseAfterFailureMs: 0 };

describe("ingress controller twin", () => {
  describe("the configuration", () => {
    it("names everything as AGIC does", () => {
      // The host, and so the listener's name, of AGIC's own test (`configbuilder_test.go`).
      const { configuration, refusals } = built(
        clusterOf([ingress({ rules: { "foo.baz": "app-blue" } })]),
      );
      assert.deepStrictEqual(configuration, {
        listeners: [
          {
            name: "fl-460bda00727325679d31c1f44e618448",
            host: "foo.baz",
            port: 80,
            certificate: undefined,
          },
        ],
        rules: [
          {
            name: "rr-460bda00727325679d31c1f44e618448",
            listener: "fl-460bda00727325679d31c1f44e618448",
            pool: "pool-app-app-blue-80-bp-8080",
            settings: "bp-app-app-blue-80-8080-traffic",
          },
        ],
        redirects: [],
        pools: [
          { name: "defaultaddresspool", members: [] },
          { name: "pool-app-app-blue-80-bp-8080", members: [BLUE] },
        ],
        settings: [
          {
            name: "bp-app-app-blue-80-8080-traffic",
            probe: "pb-app-app-blue-80-traffic",
            requestTimeoutSeconds: 30,
            drainingSeconds: undefined,
          },
        ],
        probes: [
          {
            name: "pb-app-app-blue-80-traffic",
            host: "foo.baz",
            path: "/readyz",
            intervalSeconds: 5,
            timeoutSeconds: 1,
            unhealthyThreshold: 3,
            statusCodes: ["200-399"],
          },
        ],
      } satisfies GatewayConfiguration);
      assert.deepStrictEqual(refusals, []);
    });

    it("ends names over 80 characters in the MD5 of the whole name", () => {
      const service = `app-${"x".repeat(56)}-blue`;
      const cluster = clusterOf([ingress({ rules: { "app.example.test": service } })]);
      cluster.services.set(service, [BLUE]);
      const { probes } = built(cluster).configuration;
      assert.strictEqual(
        probes[0]!.name,
        `pb-app-app-${"x".repeat(36)}-e0a5b6c19603cebf9f137997ec673e26`,
      );
    });

    it("keeps every name when a host moves to another backend of the same Ingress", () => {
      const hosts = { "blue.test": "app-blue", "green.test": "app-green" };
      const [before, after] = ["app-blue", "app-green"].map((live) => {
        const rules = { "app.example.test": live, ...hosts };
        const annotations = { [`${ANNOTATION}/health-probe-hostname`]: "probe.test" };
        return built(clusterOf([ingress({ rules, annotations })])).configuration;
      });
      assert.deepStrictEqual(after!.pools, before!.pools);
      assert.deepStrictEqual(after!.settings, before!.settings);
      assert.deepStrictEqual(after!.probes, before!.probes);
      assert.deepStrictEqual(after!.listeners, before!.listeners);
      assert.notDeepStrictEqual(after!.rules, before!.rules);
    });

    it("says that two hosts share a probe whose Host header AGIC would pick by chance", () => {
      const rules = { "app.example.test": "app-blue", "blue.test": "app-blue" };
      const { refusals } = built(clusterOf([ingress({ rules })]));
      assert.strictEqual(refusals.length, 1);
      assert.match(refusals[0]!, /app\.example\.test and blue\.test share .*health-probe-hostname/);
    });

    it("reads the annotations of probe, draining and request timeout", () => {
      const annotations = {
        [`${ANNOTATION}/connection-draining`]: "true",
        [`${ANNOTATION}/connection-draining-timeout`]: "60",
        [`${ANNOTATION}/request-timeout`]: "20",
        [`${ANNOTATION}/health-probe-hostname`]: "probe.test",
        [`${ANNOTATION}/health-probe-path`]: "/healthz",
        [`${ANNOTATION}/health-probe-port`]: "9000",
        [`${ANNOTATION}/backend-hostname`]: "shop.test",
        [`${ANNOTATION}/health-probe-interval`]: "2",
        [`${ANNOTATION}/health-probe-timeout`]: "3",
        [`${ANNOTATION}/health-probe-unhealthy-threshold`]: "4",
        [`${ANNOTATION}/health-probe-status-codes`]: "200-299, 304",
      };
      const { configuration, refusals } = built(clusterOf([ingress({ annotations })]));
      const [settings] = configuration.settings;
      assert.strictEqual(settings!.drainingSeconds, 60);
      assert.strictEqual(settings!.requestTimeoutSeconds, 20);
      assert.strictEqual(settings!.hostName, "shop.test");
      assert.deepStrictEqual(configuration.probes[0], {
        name: settings!.probe,
        host: "probe.test",
        path: "/healthz",
        port: 9000,
        intervalSeconds: 2,
        timeoutSeconds: 3,
        unhealthyThreshold: 4,
        statusCodes: ["200-299", "304"],
      });
      assert.deepStrictEqual(refusals, []);
    });

    it("probes the port of the pods' probe, with the host that pods see", () => {
      const annotations = { [`${ANNOTATION}/backend-hostname`]: "shop.test" };
      const cluster = clusterOf([ingress({ annotations })]);
      cluster.podProbe = { path: "/health/ready", port: 9000, periodSeconds: 5 };
      const [probe] = built(cluster).configuration.probes;
      assert.deepStrictEqual(
        [probe!.host, probe!.path, probe!.port],
        ["shop.test", "/health/ready", 9000],
      );
    });

    it("drains for 30 seconds when the annotations name no time", () => {
      const annotations = { [`${ANNOTATION}/connection-draining`]: "1" };
      const { configuration } = built(clusterOf([ingress({ annotations })]));
      assert.strictEqual(configuration.settings[0]!.drainingSeconds, 30);
    });

    it("probes / of the rule's host every 30 seconds when the pods have no HTTP probe", () => {
      const cluster = clusterOf([ingress()]);
      cluster.podProbe = undefined;
      const [probe] = built(cluster).configuration.probes;
      assert.strictEqual(probe!.path, "/");
      assert.strictEqual(probe!.intervalSeconds, 30);
      assert.strictEqual(probe!.timeoutSeconds, 30);
    });

    it("sends hosts whose Service does not exist, or has no member, to the empty default pool", () => {
      const rules = { "missing.test": "nowhere", "empty.test": "app-empty" };
      const cluster = clusterOf([ingress({ rules })]);
      cluster.services.set("app-empty", []);
      const { configuration } = built(cluster);
      assert.deepStrictEqual(poolsByHost(configuration), {
        "missing.test:80": "defaultaddresspool",
        "empty.test:80": "defaultaddresspool",
      });
      assert.deepStrictEqual(configuration.pools, [{ name: "defaultaddresspool", members: [] }]);
    });

    it("does not depend on the order in which the cluster lists members", () => {
      const [one, other] = [clusterOf([ingress()]), clusterOf([ingress()])];
      one.services.set("app-blue", [BLUE, GREEN]);
      other.services.set("app-blue", [GREEN, BLUE]);
      assert.deepStrictEqual(built(one), built(other));
    });

    it("takes only Ingress objects of its class, by the older annotation before the field", () => {
      const classOf = (name: string, className: string | undefined, annotation?: string) => {
        const object = ingress({ name, rules: { [`${name}.test`]: "app-blue" } });
        const annotations = annotation ? { "kubernetes.io/ingress.class": annotation } : {};
        return {
          ...object,
          metadata: { ...object.metadata, annotations },
          spec: { ...object.spec, ingressClassName: className },
        };
      };
      const { listeners } = built(
        clusterOf([
          classOf("field", "azure-application-gateway"),
          classOf("annotation", undefined, "azure/application-gateway"),
          classOf("other-field", "nginx"),
          classOf("other-annotation", "azure-application-gateway", "nginx"),
          classOf("none", undefined),
        ]),
      ).configuration;
      assert.deepStrictEqual(listeners.map(({ host }) => host).sort(), [
        "annotation.test",
        "field.test",
      ]);
    });

    for (const [what, change, reason] of [
      [
        "an unknown annotation",
        annotated("cookie-based-affinity", "true"),
        /cookie-based-affinity/,
      ],
      ["a number that is none", annotated("request-timeout", "soon"), /request-timeout.*soon/],
      ["a truth value that is none", annotated("connection-draining", "yes"), /draining.*yes/],
      ["a default backend", { spec: { defaultBackend: {} } }, /defaultBackend/],
      ["TLS", { spec: { tls: [{ hosts: ["app.example.test"] }] } }, /TLS/],
      ["a wildcard host", { rules: { "*.example.test": "app-blue" } }, /wildcard/],
      ["a path", { path: "/api" }, /one path per host/],
      ["a rule without a Service", { rules: { "app.example.test": "" } }, /no path with a Service/],
    ] as [string, IngressChanges, RegExp][]) {
      it(`says that it does not do what ${what} asks for`, () => {
        const { refusals } = built(clusterOf([ingress(change)]));
        assert.strictEqual(refusals.length, 1);
        assert.match(refusals[0]!, /^Ingress app\/traffic: /);
        assert.match(refusals[0]!, reason);
      });
    }

    it("renames the settings of a Service without pods, unless its target is a number", () => {
      const cluster = clusterOf([ingress()]);
      const settings = () => built(cluster, "cert").configuration.settings.map(({ name }) => name);
      const before = settings();
      cluster.services.set("app-blue", []);
      cluster.services.set("app-green", []);
      assert.notDeepStrictEqual(settings(), before);
      cluster.target = 8080;
      assert.deepStrictEqual(settings(), before);
    });

    describe("of an Ingress that names a certificate of the gateway", () => {
      const tls = (more: Readonly<Record<string, string>> = {}) =>
        ingress({
          annotations: { [`${ANNOTATION}/appgw-ssl-certificate`]: "production", ...more },
        });
      const redirected = () => tls({ [`${ANNOTATION}/ssl-redirect`]: "true" });

      it("serves its hosts on port 443 and not on port 80", () => {
        const { configuration, refusals } = built(clusterOf([tls()]), "production");
        assert.deepStrictEqual(refusals, []);
        assert.deepStrictEqual(poolsByHost(configuration), {
          "app.example.test:443": "pool-app-app-blue-80-bp-8080",
        });
        assert.strictEqual(configuration.listeners[0]!.certificate, "production");
      });

      it("redirects port 80 to port 443 of the same host where ssl-redirect says so", () => {
        const cluster = clusterOf([redirected()]);
        const { configuration, refusals } = built(cluster, "production");
        assert.deepStrictEqual(refusals, []);
        assert.deepStrictEqual(poolsByHost(configuration), {
          "app.example.test:443": "pool-app-app-blue-80-bp-8080",
          "app.example.test:80": "301 app.example.test:443",
        });
        const [redirect] = configuration.redirects;
        assert.strictEqual(redirect!.name, `sslr-${redirect!.target}`);
        assert.deepStrictEqual(
          new Map(configuration.listeners.map(({ port, certificate }) => [port, certificate])),
          new Map<number, string | undefined>([
            [80, undefined],
            [443, "production"],
          ]),
        );
      });

      it("leaves the whole Ingress out when the gateway has no such certificate", () => {
        const cluster = clusterOf([
          redirected(),
          ingress({ name: "other", rules: { "other.test": "app-green" } }),
        ]);
        const { configuration, refusals } = built(cluster, "staging");
        assert.deepStrictEqual(Object.keys(poolsByHost(configuration)), ["other.test:80"]);
        assert.deepStrictEqual(refusals, [
          "Ingress app/traffic: ignored, as the gateway has no certificate 'production' (it has: staging)",
        ]);
      });

      it("leaves an Ingress out that redirects to TLS without a certificate", () => {
        const { configuration, refusals } = built(
          clusterOf([ingress(annotated("ssl-redirect", "true"))]),
          "production",
        );
        assert.deepStrictEqual(configuration.listeners, []);
        assert.match(refusals.join(), /ignored, as ssl-redirect needs .*appgw-ssl-certificate/);
      });
    });

    it("gives a host to the first Ingress that has it", () => {
      const cluster = clusterOf([
        ingress(),
        ingress({ name: "late", rules: { "app.example.test": "app-green" } }),
      ]);
      const { configuration, refusals } = built(cluster);
      assert.deepStrictEqual(poolsByHost(configuration), {
        "app.example.test:80": "pool-app-app-blue-80-bp-8080",
      });
      assert.match(refusals.join(), /^Ingress app\/late: .*another rule has this host/);
    });
  });

  describe("updates", () => {
    let journal: TestJournal;
    let cluster: Cluster;
    let gateway: SlowGateway;
    let controller: IngressController;

    beforeEach(() => {
      journal = new TestJournal();
      cluster = clusterOf([ingress()]);
      gateway = new SlowGateway();
    });

    afterEach(async () => {
      controller.stop();
      await journal.close();
    });

    function attach(settings: { pauseMs?: number; pauseAfterFailureMs?: number } = NO_PAUSE): void {
      controller = new IngressController(cluster, gateway, journal.journal, settings);
    }

    it("put the whole configuration, one at a time, with all changes that came meanwhile", async () => {
      attach();
      const first = await gateway.next();
      cluster.change("app-blue", [BLUE, GREEN]);
      cluster.change("app-blue", []);
      cluster.change("app-blue", [GREEN]);
      await delay(20);
      assert.strictEqual(gateway.pending, 0, "the next one waits until the first is complete");
      first.finish();
      const second = await gateway.next();
      assert.deepStrictEqual(first.configuration.pools[1]!.members, [BLUE]);
      assert.deepStrictEqual(second.configuration.pools[1]!.members, [GREEN]);
      second.finish();
    });

    it("are left out when a change makes no difference to the gateway", async () => {
      attach();
      (await gateway.next()).finish();
      cluster.change("app-blue", [BLUE]);
      cluster.change("app-unrelated", [GREEN]);
      await delay(20);
      assert.strictEqual(gateway.pending, 0);
      cluster.change("app-blue", [GREEN]);
      (await gateway.next()).finish();
    });

    it("keep the pause of a second between the end of one and the start of the next", async () => {
      attach({});
      (await gateway.next()).finish();
      const ended = Date.now();
      cluster.change("app-blue", [GREEN]);
      (await gateway.next()).finish();
      assert.ok(Date.now() - ended >= 990);
    });

    it("come again after a pause when the gateway refused them", async () => {
      attach({ pauseMs: 0, pauseAfterFailureMs: 100 });
      const refused = await gateway.next();
      refused.fail(new Error("another operation is in progress"));
      const failed = Date.now();
      const again = await gateway.next();
      assert.ok(Date.now() - failed >= 90);
      assert.deepStrictEqual(again.configuration, refused.configuration);
      assert.match(String(journal.named("update failed")[0]!.detail["reason"]), /in progress/);
      again.finish();
    });

    it("write down once what an Ingress asks for in vain", async () => {
      cluster.objects = [ingress(annotated("cookie-based-affinity", "true"))];
      attach();
      (await gateway.next()).finish();
      cluster.change("app-blue", [GREEN]);
      (await gateway.next()).finish();
      assert.deepStrictEqual(
        journal.named("refused").map(({ detail }) => detail["reason"]),
        [
          "Ingress app/traffic: annotation appgw.ingress.kubernetes.io/cookie-based-affinity is not known to the twin and has no effect",
        ],
      );
    });

    it("end when the controller is stopped", async () => {
      attach();
      (await gateway.next()).finish();
      controller.stop();
      cluster.change("app-blue", [GREEN]);
      await delay(20);
      assert.strictEqual(gateway.pending, 0);
    });
  });

  it("brings a cluster's pods into the gateway's traffic, and takes them out again", async () => {
    const journal = new TestJournal();
    const address = loopbackAddress();
    const pod = await LoopbackServer.start((_, response) => response.end("pod"), 8080);
    const cluster = clusterOf([ingress()]);
    cluster.services.set("app-blue", [{ address: pod.address, port: 8080 }]);
    const gateway = await startGateway(journal, {
      name: "agw",
      address,
      certificates: new Map(),
      updateSeconds: 0,
      controller: NO_PAUSE,
    });
    try {
      gateway.attach(cluster);
      assert.throws(() => gateway.attach(cluster), /has an ingress controller already/);
      await journal.seen("member healthy");
      assert.strictEqual((await ask(address, "app.example.test")).body, "pod");
      cluster.change("app-blue", []);
      await journal.seen("member removed");
      assert.strictEqual((await ask(address, "app.example.test")).status, 502);
    } finally {
      await gateway.stop();
      await pod.stop();
      await journal.close();
    }
  });
});

const BLUE: PoolMember = { address: "127.0.0.11", port: 8080 };
const GREEN: PoolMember = { address: "127.0.0.12", port: 8080 };

interface IngressChanges {
  readonly name?: string;
  /** Host to the Service it leads to; an empty name for a rule without paths. */
  readonly rules?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

function annotated(name: string, value: string): IngressChanges {
  return { annotations: { [`${ANNOTATION}/${name}`]: value } };
}

function ingress(changes: IngressChanges = {}) {
  const { name = "traffic", rules = { "app.example.test": "app-blue" }, path = "/" } = changes;
  return {
    metadata: { name, namespace: "app", annotations: changes.annotations ?? {} },
    spec: {
      ingressClassName: "azure-application-gateway",
      rules: Object.entries(rules).map(([host, service]) => ({
        host,
        http: {
          paths: service
            ? [
                {
                  path,
                  pathType: "Prefix",
                  backend: { service: { name: service, port: { number: 80 } } },
                },
              ]
            : [],
        },
      })),
      ...changes.spec,
    },
  };
}

/** A cluster with the Services `app-blue` and `app-green`, whose members a test can change. */
class Cluster implements IngressSource {
  readonly services = new Map<string, PoolMember[]>([
    ["app-blue", [BLUE]],
    ["app-green", [GREEN]],
  ]);
  /** Undefined as long as the Services name the pods' port instead of giving its number. */
  target: number | undefined;
  podProbe: PodProbe | undefined = { path: "/readyz", periodSeconds: 5 };
  private listener: () => void = () => undefined;

  constructor(public objects: readonly Record<string, unknown>[]) {}

  ingresses() {
    return this.objects;
  }

  members(namespace: string, service: string, port: number | string) {
    assert.deepStrictEqual([namespace, port], ["app", 80]);
    return this.services.get(service);
  }

  targetPort() {
    return this.target;
  }

  probe() {
    return this.podProbe;
  }

  onChange(listener: () => void) {
    this.listener = listener;
  }

  change(service: string, members: PoolMember[]): void {
    this.services.set(service, members);
    this.listener();
  }
}

/** What the controller makes of a cluster for a gateway with these certificates. */
function built(cluster: Cluster, ...certificates: readonly string[]): BuiltConfiguration {
  const identity = { key: "", certificate: "" };
  return buildConfiguration(cluster, new Map(certificates.map((name) => [name, identity])));
}

/** Where each host and port leads: a pool, or the host and port that it is redirected to. */
function poolsByHost({ listeners, rules, redirects }: GatewayConfiguration) {
  const shown = (listener: string) => {
    const { host, port } = listeners.find(({ name }) => name === listener)!;
    return `${host}:${port}`;
  };
  const targetOf = (redirect: string) => redirects.find(({ name }) => name === redirect)!.target;
  return Object.fromEntries(
    rules.map((rule) => [
      shown(rule.listener),
      "redirect" in rule ? `301 ${shown(targetOf(rule.redirect))}` : rule.pool,
    ]),
  );
}

function clusterOf(objects: readonly Record<string, unknown>[]): Cluster {
  return new Cluster(objects);
}

interface Put {
  readonly configuration: GatewayConfiguration;
  finish(): void;
  fail(error: Error): void;
}

/** A gateway whose updates take until the test says so. */
class SlowGateway {
  certificates: GatewayCertificates = new Map();
  private readonly puts: Put[] = [];
  private wanted: ((put: Put) => void)[] = [];

  /** Updates that have begun and that `next` has not returned yet. */
  get pending(): number {
    return this.puts.length;
  }

  put(configuration: GatewayConfiguration): Promise<void> {
    return new Promise((finish, fail) => {
      const put = { configuration, finish, fail };
      const taker = this.wanted.shift();
      if (taker) {
        taker(put);
      } else {
        this.puts.push(put);
      }
    });
  }

  next(): Promise<Put> {
    const put = this.puts.shift();
    return put ? Promise.resolve(put) : new Promise((resolve) => this.wanted.push(resolve));
  }
}
