import assert from "node:assert";
import dns from "node:dns";
import { mock } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { adviseOnUnknownName } from "../../../components/application/unknownNames";
import { runProgram } from "../../../mocks/program";
import { findHelm } from "../../../twin/kubernetes/helm/helm";
import { kubernetesProvider } from "../../../twin/kubernetes/provider";
import { PostgresqlProvider } from "../../../twin/postgresql/provider";
import { AzurePostgres } from "../../support/azurePostgres";
import { EngineStack, type Program } from "../../support/engine";
import { TestCluster } from "../../support/testCluster";

const DATABASE = "psql-app-prod-ab12cd.postgres.database.azure.com";
const API_SERVER = "app-1a2b.hcp.swedencentral.azmk8s.io";

/** Answers to one name; every other is as it is. */
function answerName(answer: () => string | Error) {
  const usual = dns.lookup as (...all: unknown[]) => void;
  return mock.method(dns, "lookup", (host: string, options: unknown, ...rest: unknown[]) => {
    const done = (typeof options === "function" ? options : rest[0]) as (...all: unknown[]) => void;
    const found = answer();
    if (host !== DATABASE) {
      usual(host, options, ...rest);
    } else if (typeof found !== "string") {
      setImmediate(done, found);
    } else if ((options as { all?: boolean }).all === true) {
      setImmediate(done, null, [{ address: found, family: 4 }]);
    } else {
      setImmediate(done, null, found, 4);
    }
  });
}

/** As Node says that a name has no address, or that nobody answers. */
function failure(code: "ENOTFOUND" | "EAI_AGAIN"): Error {
  return Object.assign(new Error(`getaddrinfo ${code} ${DATABASE}`), { code });
}

/**
 * Proves under the real engine, with a real server, what a run does while a private zone is not linked, or
 * its record not known yet, and that the next run goes on. Names are this process's own: no packet asks a
 * zone.
 */
describe("A host whose name has no address yet", function () {
  this.timeout(120_000);
  let server: AzurePostgres;
  let cluster: TestCluster;
  let stack: EngineStack;
  let answer: string | Error;
  let isNamed: boolean;
  let lookup: ReturnType<typeof answerName>;

  before(async () => {
    server = await AzurePostgres.start("");
    cluster = await TestCluster.start();
    const { command: helm } = await findHelm();
    const registry = {
      get standalone() {
        return cluster.cluster;
      },
      byServer: (host: string) =>
        isNamed && host === `${API_SERVER}:443` ? cluster.cluster : undefined,
    };
    stack = await EngineStack.start([
      { name: "postgresql", version: "3.18.1", create: () => new PostgresqlProvider() },
      {
        name: "kubernetes",
        version: "4.34.2",
        create: () => kubernetesProvider(registry, { helm, root: "." }),
      },
    ]);
    lookup = answerName(() => answer);
  });

  after(async () => {
    lookup.mock.restore();
    await stack.stop();
    await server.stop();
    await cluster.stop();
  });

  const role: Program = () => {
    const provider = new postgresql.Provider("inside", { ...server.settings, host: DATABASE });
    const transformations = [adviseOnUnknownName("names")];
    for (const name of ["app_owner", "app_rw"]) {
      new postgresql.Role(name, { name }, { provider, transformations });
    }
  };

  const namespace: Program = () => {
    const kubeconfig = JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "aks",
      clusters: [{ name: "aks", cluster: { server: `https://${API_SERVER}:443` } }],
      contexts: [{ name: "aks", context: { cluster: "aks", user: "me" } }],
      users: [{ name: "me", user: {} }],
    });
    const provider = new k8s.Provider("cluster", { kubeconfig });
    new k8s.core.v1.Namespace(
      "app",
      { metadata: { name: "app-late" } },
      { provider, transformations: [adviseOnUnknownName("names")] },
    );
  };

  /** What the engine prints of a run that fails. */
  async function failing(program: Program, options = {}): Promise<string> {
    return stack.up(program, options).then(
      () => assert.fail("it succeeds"),
      (error: Error) => error.message,
    );
  }

  it("fails the run with the zone that its network has to be linked to, once, and makes nothing there", async () => {
    answer = failure("ENOTFOUND");
    const text = await failing(role);
    assert.match(
      text,
      /error connecting to PostgreSQL server psql-app-prod-ab12cd\.\S+ \(scheme: postgres\): dial tcp: lookup psql-app-prod-ab12cd\.\S+: no such host/,
    );
    // What is printed while it runs is in there as well.
    const diagnostics = text.split("\nDiagnostics:\n").at(-1)!;
    const advice = diagnostics.match(
      /This machine's DNS knows no psql-app-prod-ab12cd\.\S+: .* --zone-name privatelink\.postgres\.database\.azure\.com .* Once the name has an address, `pulumi up` goes on where this run stopped\./g,
    );
    assert.strictEqual(advice?.length, 1, text);
    const made = await server.ask("select from pg_roles where rolname like 'app\\_%'");
    assert.deepStrictEqual(made, []);
  });

  it("is said to be another thing where the DNS itself does not answer", async () => {
    answer = failure("EAI_AGAIN");
    assert.match(
      await failing(role),
      /This machine's DNS does not answer, it was asked for psql-app-prod-ab12cd\.\S+: `nslookup /,
    );
  });

  it("lets the next run go on, which then has nothing more to do", async () => {
    answer = server.host;
    assert.ok((await stack.up(role)).includes("create Role app_owner"));
    assert.deepStrictEqual(await stack.up(role), []);
  });

  it("loses nothing of what is there where the name is gone for a while", async () => {
    answer = failure("ENOTFOUND");
    assert.match(await failing(role, { refresh: true }), /no such host/);
    answer = server.host;
    assert.deepStrictEqual(await stack.up(role, { refresh: true }), []);
    await stack.destroy();
  });

  it("is told of in the whole program, wherever the application goes through a host", async () => {
    const { program } = await runProgram("prod");
    const through = program.registrations.filter(
      ({ type }) => type.startsWith("postgresql:") || type.startsWith("kubernetes:"),
    );
    assert.ok(through.length > 30);
    const untold = through.filter(({ options: { hooks } }) => {
      const names = hooks.onError ?? [];
      return !names.includes("names") && !names.includes("advice");
    });
    assert.deepStrictEqual(
      untold.map(({ name }) => name),
      [],
    );
  });

  it("is not taken for a server that keeps its database postgres open", async () => {
    const { program } = await runProgram("prod");
    const hook = program.hook<pulumi.ErrorHook>("application-roles-postgres-refused");
    const said = mock.method(pulumi.log, "error", () => Promise.resolve());
    const failed = {
      ...{ urn: "urn", id: "", name: "grant", failedOperation: "create" as const },
      type: "postgresql:index/grant:Grant",
    };
    const connecting = `error connecting to PostgreSQL server ${DATABASE} (scheme: postgres): `;
    await hook.callback({ ...failed, errors: [`${connecting}dial tcp: lookup x: no such host`] });
    assert.strictEqual(said.mock.callCount(), 0);
    await hook.callback({ ...failed, errors: ["pq: permission denied for database postgres"] });
    said.mock.restore();
    assert.strictEqual(said.mock.callCount(), 1);
  });

  it("is an API server's, too, whose zone the program does not know", async () => {
    isNamed = false;
    const text = await failing(namespace);
    assert.match(text, /cluster is unreachable: .* dial tcp: lookup app-1a2b\.\S+: no such host/);
    assert.match(
      text,
      /This machine's DNS knows no app-1a2b\.hcp\.swedencentral\.azmk8s\.io: `nslookup app-1a2b\.\S+`\. A new link or record/,
    );
    isNamed = true;
    assert.deepStrictEqual(await stack.up(namespace), ["create Namespace app"]);
    assert.deepStrictEqual(await stack.up(namespace, { refresh: true }), []);
    await stack.destroy();
  });
});
