import assert from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import pg from "pg";
import type { Run } from "../../components/plan";
import { MOCK_SECRET_VALUE } from "../../mocks/mockPlatform";
import { type CallAnswer, MockProgram, valueOf } from "../../mocks/mocks";
import { runProgram, stackConfig } from "../../mocks/program";
import { createAuthority } from "../../twin/world/certificates";
import { ClusterOfOthers, objectsOfOthers, PATHS } from "../support/clusterOfOthers";
import { ADOPTED_CONFIG, EXISTING_CONFIG, REFERENCE } from "../support/existingPlatform";

const TYPE = {
  assignment: "azure-native:authorization:RoleAssignment",
  azure: "pulumi:providers:azure-native",
  grant: "postgresql:index/grant:Grant",
  patch: "kubernetes:networking.k8s.io/v1:IngressPatch",
  policy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
} as const;

/** What only a namespace of its own has, or an Ingress of its own. */
const OF_OWN_NAMESPACES = [
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
  "kubernetes:core/v1:Namespace",
  "kubernetes:networking.k8s.io/v1:Ingress",
];

/** What a stack begins with that takes a login over. */
const FIRST = { counter: -1, live: -1, retired: -2 };

/** Production's host in the stack of rehearsals. */
const HOST = "app.rehearsal.test";

/** Pods of proofs, and the values that both slots have of their pods' other labels. */
const POD_LABEL = "rotation/pod-of";
const PROOFS = { [POD_LABEL]: "app" };
const BOTH = [
  { key: "app.kubernetes.io/instance", operator: "In", values: ["app-blue", "app-green"] },
  { key: "rotation/slot", operator: "In", values: ["blue", "green"] },
];

/** All that an application registers on a platform that is there: nothing of the platform. */
const ALLOWED = [
  "azure-native:applicationinsights:Workbook",
  "azure-native:authorization:RoleAssignment",
  "azure-native:dbforpostgresql:Database",
  "azure-native:keyvault:Secret",
  "azure-native:managedidentity:FederatedIdentityCredential",
  "azure-native:managedidentity:UserAssignedIdentity",
  "azure-native:monitor:ActionGroup",
  "azure-native:monitor:ScheduledQueryRule",
  "azure-native:resources:ResourceGroup",
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
  "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
  "kubernetes:batch/v1:Job",
  "kubernetes:core/v1:Namespace",
  "kubernetes:core/v1:ServiceAccount",
  "kubernetes:helm.sh/v3:Release",
  "kubernetes:networking.k8s.io/v1:Ingress",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  "kubernetes:rbac.authorization.k8s.io/v1:Role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
  "postgresql:index/defaultPrivileges:DefaultPrivileges",
  "postgresql:index/function:Function",
  "postgresql:index/grant:Grant",
  "postgresql:index/grantRole:GrantRole",
  "postgresql:index/role:Role",
  "postgresql:index/schema:Schema",
  "pulumi:index:Stash",
  "pulumi:providers:azure-native",
  "pulumi:providers:kubernetes",
  "pulumi:providers:postgresql",
  "pulumi:providers:random",
  "random:index/randomPassword:RandomPassword",
];

/** What the stack of rehearsals says of the platform that it makes, not set. */
const WITHOUT_NEW = Object.fromEntries(
  ["adminGroupId", "adminGroupName", "certificate", "grantSeconds", "runnerNetwork"]
    .concat("stageRanges")
    .map((key) => [key, ""]),
);

type Options = Parameters<typeof runProgram>[2];

/** The program on a platform that is there. */
const onExisting = (config: Record<string, number | string> = {}, options: Options = {}) =>
  runProgram("rehearsal", { ...WITHOUT_NEW, ...EXISTING_CONFIG, ...config }, options);

/** A server that has nothing against a login that is taken over, but what a test adds. */
function serverSays(facts: object = {}): void {
  const role = { attributes: [], isAdministrator: false, isOurs: true, grantors: [] };
  const row = {
    ...{ legacy: role, owner: role, actsAsOwner: true, logins: [], databases: [] },
    ...{ databaseOwner: "dba", mayConnect: true, mayCreateSchema: true, settings: [], own: [] },
    ...{ inSchema: null, isMarked: false, members: [], sessions: [], prepared: [] },
    ...facts,
  };
  // A mock of a mock would outlive the one below it.
  mock.restoreAll();
  mock.method(pg.Client.prototype, "connect", () => Promise.resolve());
  mock.method(pg.Client.prototype, "end", () => Promise.resolve());
  mock.method(pg.Client.prototype, "query", (text: string) =>
    Promise.resolve({
      rows: text.includes("WITH used") ? [] : [{ ...row, eventTriggers: [], notActed: [] }],
    }),
  );
}

/** What a last run that completed left. */
const leftBy = (completed: unknown) => ({
  stackOutputs: { "organization/rotation/rehearsal": { completed } },
});

describe("the program on a platform that is there", function () {
  this.timeout(60_000);
  let first: Awaited<ReturnType<typeof onExisting>>;
  let directory: string;
  let cluster: ClusterOfOthers;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "namespace-"));
    cluster = await ClusterOfOthers.start(await createAuthority(directory));
    cluster.objects = objectsOfOthers(HOST, REFERENCE.certificateName);
    mock.timers.enable({ apis: ["Date"], now: new Date("2026-11-22T12:00:00Z") });
    first = await onExisting({ counter: 1, retired: 0 });
  });
  after(async () => {
    mock.timers.reset();
    await cluster.stop();
    await rm(directory, { recursive: true });
  });

  it("registers what belongs to an application, and no type besides", () => {
    const types = first.program.registrations
      .filter(({ custom }) => custom)
      .map(({ type }) => type);
    assert.deepStrictEqual(
      [...new Set(types)].filter((type) => !ALLOWED.includes(type)).sort(),
      [],
    );
    assert.ok(types.length > 80, `only ${types.length}`);
  });

  it("makes nothing outside of its own group but its secrets, the right to read them, and its database", () => {
    const group =
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-app-rehearsal";
    const elsewhere = first.program.registrations
      .filter(({ type, id }) => type.startsWith("azure-native:") && id !== group)
      .filter(({ id }) => !id.startsWith(`${group}/`));
    for (const { id, name, type } of elsewhere) {
      const isSecret = type.endsWith(":Secret") || type === TYPE.assignment;
      const below = isSecret
        ? `${REFERENCE.vaultId}/secrets/app-`
        : `${REFERENCE.databaseServerId}/databases/app`;
      assert.ok(id.startsWith(below), `${name} is ${id}`);
    }
    assert.deepStrictEqual(
      [...new Set(elsewhere.map(({ type }) => type))].sort(),
      ["authorization:RoleAssignment", "dbforpostgresql:Database", "keyvault:Secret"].map(
        (type) => `azure-native:${type}`,
      ),
    );
  });

  it("takes nothing from everybody in a database that is not its own", () => {
    const databases = first.program.ofType(TYPE.grant).map(({ inputs }) => inputs["database"]);
    assert.deepStrictEqual([...new Set(databases)], ["app"]);
  });

  it("lets in what the gateway's subnet sends, and out to the server's", () => {
    const rules = (name: string) => {
      const policy = first.program.find(TYPE.policy, `application-${name}`);
      return JSON.stringify(policy.inputs["spec"]);
    };
    assert.ok(rules("gateway-to-application").includes('"10.80.2.0/24"'));
    assert.ok(rules("to-names-and-database").includes('"10.80.1.0/28"'));
    assert.ok(rules("proofs-to-gateway").includes('"203.0.113.20/32"'));
  });

  it("opens the server's port to any address where the server has no subnet of its own", async () => {
    const { program } = await onExisting(
      {},
      {
        answers: {
          "azure-native:dbforpostgresql:getServer": (usual) => ({ ...usual, network: {} }),
        },
      },
    );
    const { inputs } = program.find(TYPE.policy, "application-to-names-and-database");
    const { egress } = inputs["spec"] as { egress: unknown[] };
    assert.deepStrictEqual(egress[1], { ports: [{ port: 5432, protocol: "TCP" }] });
  });

  it("opens it to the subnets of the server's private endpoints alone, where only these lead there", async () => {
    const network = EXISTING_CONFIG.gatewayId.replace(/\/applicationGateways.*/, "");
    const { program } = await onExisting(
      {},
      {
        answers: {
          "azure-native:dbforpostgresql:getServer": (usual) => ({
            ...usual,
            network: { publicNetworkAccess: "Disabled" },
            privateEndpointConnections: [
              {
                privateEndpoint: { id: `${network}/privateEndpoints/database` },
                privateLinkServiceConnectionState: { status: "Approved" },
              },
            ],
          }),
          "azure-native:network:getSubnet": (usual) => ({
            ...usual,
            addressPrefixes: ["10.80.1.0/28", "10.80.7.0/28"],
          }),
        },
      },
    );
    const { inputs } = program.find(TYPE.policy, "application-to-names-and-database");
    const { egress } = inputs["spec"] as { egress: unknown[] };
    assert.deepStrictEqual(egress[1], {
      to: [{ ipBlock: { cidr: "10.80.1.0/28" } }, { ipBlock: { cidr: "10.80.7.0/28" } }],
      ports: [{ port: 5432, protocol: "TCP" }],
    });
  });

  it("has the administrator's password in the provider and nowhere where it is not secret", async () => {
    const holders = first.program.registrations.filter(({ inputs }) =>
      JSON.stringify(inputs).includes(MOCK_SECRET_VALUE),
    );
    assert.deepStrictEqual(
      holders.map(({ type, secretInputs }) => [type, secretInputs.includes("password")]),
      [["pulumi:providers:postgresql", true]],
    );
    const outputs = await valueOf(pulumi.output({ ...first.outputs, live: undefined }));
    assert.ok(!JSON.stringify(outputs).includes(MOCK_SECRET_VALUE));
  });

  it("writes in the platform's subscription, and looks up through a provider that waits for nothing", () => {
    const started = first.program.find("pulumi:index:Stash", "guard-started");
    const azure = first.program.find(TYPE.azure, "azure");
    const lookup = first.program.find(TYPE.azure, "lookup");
    assert.strictEqual(azure.inputs["subscriptionId"], "00000000-0000-0000-0000-000000000000");
    assert.ok(first.program.comesAfter(azure, started));
    assert.deepStrictEqual(lookup.options.dependencies, []);
    const users = first.program.registrations.filter(({ options }) =>
      options.provider.startsWith(lookup.urn),
    );
    assert.deepStrictEqual(users, []);
  });

  describe("in a namespace of another team", () => {
    const PLACE = { namespace: "team-shop", ingress: "shop" };
    let shared: Awaited<ReturnType<typeof onExisting>>;

    /** The program in that namespace, with what a last run left. */
    const inNamespace = (config: Record<string, number | string> = {}, left: Options = {}) =>
      onExisting(
        { counter: 1, retired: 0, ...PLACE, ...cluster.config, ...config },
        { ...left, answers: cluster.answers },
      );

    before(async () => {
      shared = await inNamespace();
    });

    it("makes no namespace, no policy of the whole cluster, and changes nobody's Ingress but a part", () => {
      const types = new Set(shared.program.registrations.map(({ type }) => type));
      const all = ALLOWED.filter((type) => !OF_OWN_NAMESPACES.includes(type));
      const unexpected = [...types].filter(
        (type) => type.includes("kubernetes:") && ![...all, TYPE.patch].includes(type),
      );
      assert.deepStrictEqual(unexpected, []);
      const taken = shared.program.find(TYPE.patch, "rotation-traffic");
      const { name, namespace } = taken.inputs["metadata"] as Record<string, unknown>;
      assert.deepStrictEqual([name, namespace], ["shop", "team-shop"]);
      assert.ok(taken.options.retainOnDelete);
    });

    it("has all of its objects there, and nobody trusted elsewhere", () => {
      const places = shared.program.registrations
        .filter(({ type }) => type.startsWith("kubernetes:"))
        .map(({ inputs }) =>
          String(
            (inputs["metadata"] as { namespace?: string } | undefined)?.namespace ??
              inputs["namespace"],
          ),
        );
      assert.deepStrictEqual([...new Set(places)], ["team-shop"]);
      const trusted = shared.program
        .ofType("azure-native:managedidentity:FederatedIdentityCredential")
        .map(({ inputs }) => String(inputs["subject"]));
      assert.ok(trusted.length > 5);
      assert.ok(
        trusted.every((subject) => subject.startsWith("system:serviceaccount:team-shop:app-")),
      );
    });

    it("closes the pods of both slots and of its proofs, and no others", () => {
      const policies = shared.program.ofType(TYPE.policy);
      const selectors = policies.map(({ inputs }) =>
        JSON.stringify((inputs["spec"] as { podSelector: unknown }).podSelector),
      );
      assert.deepStrictEqual(
        [...new Set(selectors)].sort(),
        [
          JSON.stringify({
            matchExpressions: BOTH,
            matchLabels: { "app.kubernetes.io/name": "app" },
          }),
          JSON.stringify({ matchLabels: { "rotation/asks-cluster": "true", ...PROOFS } }),
          JSON.stringify({ matchLabels: { "rotation/asks-gateway": "true", ...PROOFS } }),
          JSON.stringify({ matchLabels: PROOFS }),
        ].sort(),
      );
      const names = policies.map(({ inputs }) => (inputs["metadata"] as { name: string }).name);
      assert.ok(
        names.every((name) => name.startsWith("app-")),
        names.join(),
      );
      assert.strictEqual(new Set(names).size, names.length);
      for (const { inputs, name } of shared.program.ofType("kubernetes:batch/v1:Job")) {
        const { template } = inputs["spec"] as { template: { metadata: { labels: object } } };
        const { [POD_LABEL]: of } = template.metadata.labels as Record<string, string>;
        assert.strictEqual(of, "app", name);
      }
    });

    it("says of its policies whose they are", () => {
      for (const { inputs } of shared.program.ofType(TYPE.policy)) {
        const { annotations } = inputs["metadata"] as { annotations: object };
        assert.deepStrictEqual(annotations, {
          "rotation/stack": "organization/rotation/rehearsal",
        });
      }
    });

    it("asks for logs of that namespace only, and tells where it is", async () => {
      const asked = JSON.stringify(
        shared.program.registrations
          .filter(({ type }) => /ScheduledQueryRule|Workbook/.test(type))
          .map(({ inputs }) => inputs),
      );
      assert.ok(!/namespace\)? == \\*"app\\*"/i.test(asked));
      assert.match(asked, /PodNamespace == \\*"team-shop\\*"/);
      const { namespace, ingress } = await valueOf(
        pulumi.output(shared.outputs["connections"] as Record<string, string>),
      );
      assert.deepStrictEqual({ namespace, ingress }, PLACE);
    });

    it("refuses what does not fit there in the same text as the rest, before anything is registered", async () => {
      const { objects } = cluster;
      cluster.objects = { ...objects, [PATHS.ingresses]: [] };
      const wrong = {
        "azure-native:network:getApplicationGateway": () => ({ sslCertificates: [] }),
      };
      try {
        await assert.rejects(
          onExisting(
            { ...PLACE, ...cluster.config },
            { answers: { ...cluster.answers, ...wrong } },
          ),
          /rotation:certificateName is wildcard, [^]*rotation:ingress is shop, and namespace team-shop has no such Ingress[^]*Nothing was changed/,
        );
      } finally {
        cluster.objects = objects;
      }
    });

    it("sends its token to no other API server than the one that is named", async () => {
      cluster.asked.length = 0;
      await assert.rejects(
        inNamespace({ clusterHost: "aks-shared.azmk8s.io" }),
        /rotation:clusterHost is aks-shared\.azmk8s\.io, and the cluster's API server is 127\.0\.0\.1/,
      );
      assert.deepStrictEqual(cluster.asked, []);
    });

    it("asks for the namespace alone in later runs, and stays where it is", async () => {
      const completed = await valueOf(shared.outputs["completed"] as pulumi.Output<Run>);
      const connections = await valueOf(
        pulumi.output(shared.outputs["connections"] as Record<string, unknown>),
      );
      const left = {
        stackOutputs: { "organization/rotation/rehearsal": { completed, connections } },
      };
      cluster.asked.length = 0;
      await inNamespace({}, left);
      assert.deepStrictEqual(cluster.asked, [PATHS.namespace]);
      await assert.rejects(
        inNamespace({ namespace: "", ingress: "" }, left),
        /rotation:namespace was team-shop in the last completed run and is app now\. [^]*`pulumi config set rotation:namespace team-shop`\.\nrotation:ingress was shop [^]*`pulumi config set rotation:ingress shop`/,
      );
    });

    it("lets only the proofs of the switch see the Ingress, under its name", async () => {
      const { program } = await inNamespace({ proofBy: "status", trial: "none" });
      const { rules } = program.find(
        "kubernetes:rbac.authorization.k8s.io/v1:Role",
        "rotation-proof-answers",
      ).inputs as { rules?: { resourceNames: string[] }[] };
      assert.deepStrictEqual(rules?.[0]?.resourceNames, ["shop"]);
    });
  });

  it("touches the cluster only after the guard", () => {
    const { program } = first;
    const started = program.find("pulumi:index:Stash", "guard-started");
    for (const provider of program.ofType("pulumi:providers:kubernetes")) {
      assert.ok(program.comesAfter(provider, started), provider.name);
    }
  });

  it("refuses a platform that does not fit before anything is registered", async () => {
    const program = await MockProgram.start({
      stack: "rehearsal",
      config: {
        ...stackConfig("rehearsal"),
        ...Object.fromEntries(
          Object.entries({ ...WITHOUT_NEW, ...EXISTING_CONFIG }).map(([key, value]) => [
            `rotation:${key}`,
            value,
          ]),
        ),
      },
      answers: {
        "azure-native:dbforpostgresql:getServer": (usual) => ({ ...usual, version: "15" }),
      },
    });
    const main = (await import("../../infra/index")) as unknown as { default(): Promise<unknown> };
    await assert.rejects(
      main.default(),
      /rotation:databaseServerId has PostgreSQL 15: 16 at least/,
    );
    await program.drained();
    assert.deepStrictEqual(
      program.registrations.map(({ type, name }) => `${type} ${name}`),
      [`${TYPE.azure} lookup`],
    );
  });

  it("changes nothing of application and platform in a rotation", async () => {
    const inputs = ({ program }: typeof first) =>
      program.registrations
        .filter(({ custom, name }) => custom && /^(platform|application|azure|lookup)/.test(name))
        .map(({ name, inputs }) => [name, inputs]);
    const next = await onExisting({ counter: 2, retired: 0 });
    assert.deepStrictEqual(inputs(next), inputs(first));
  });

  it("names the part of the platform that changed, before a move", async () => {
    const completed = await valueOf(first.outputs["completed"] as pulumi.Output<Run>);
    const moved: Record<string, CallAnswer> = {
      "azure-native:network:getPublicIPAddress": () => ({ ipAddress: "203.0.113.21" }),
    };
    const move = { counter: 2, retired: 0 };
    await onExisting(move, leftBy(completed));
    await assert.rejects(
      onExisting(move, { ...leftBy(completed), answers: moved }),
      /platform:gateway/,
    );
    // By itself it is an update like any other.
    await onExisting({ counter: 1, retired: 0 }, { ...leftBy(completed), answers: moved });
  });

  it("keeps a stack on the platform that it has", async () => {
    const completed = await valueOf(first.outputs["completed"] as pulumi.Output<Run>);
    await assert.rejects(
      runProgram("rehearsal", { counter: 1, retired: 0 }, leftBy(completed)),
      /rotation:platform was existing in the last completed run and is new now\./,
    );
    const made = await runProgram("rehearsal", { counter: 1, retired: 0 });
    const other = await valueOf(made.outputs["completed"] as pulumi.Output<Run>);
    await assert.rejects(
      onExisting({ counter: 1, retired: 0 }, leftBy(other)),
      /rotation:platform was new in the last completed run and is existing now\./,
    );
  });

  it("refuses another name of the application, which would replace its database", async () => {
    const completed = await valueOf(first.outputs["completed"] as pulumi.Output<Run>);
    const connections = { database: { host: "h", port: 5432, name: "former" } };
    await assert.rejects(
      onExisting(
        { counter: 1, retired: 0 },
        { stackOutputs: { "organization/rotation/rehearsal": { completed, connections } } },
      ),
      /rotation:application was called "former" .*pulumi config set rotation:application former$/,
    );
  });

  it("leaves the rights to whoever the vault belongs to, with a list of them", async () => {
    assert.strictEqual(first.program.ofType(TYPE.assignment).length, 5);
    assert.strictEqual(first.outputs["grants"], undefined);
    const { program, outputs } = await onExisting({ grants: "existing" });
    assert.deepStrictEqual(program.ofType(TYPE.assignment), []);
    const grants = await valueOf(
      pulumi.output(
        outputs["grants"] as { principalId: string; role: string; scope: string; why: string }[],
      ),
    );
    assert.deepStrictEqual(
      grants.map(({ principalId, role, scope }) => [principalId, role, scope].join(" ")).sort(),
      first.program
        .ofType(TYPE.assignment)
        .map(({ inputs: { principalId, roleDefinitionId, scope } }) =>
          [principalId, String(roleDefinitionId).split("/").at(-1), scope].join(" "),
        )
        .sort(),
    );
    grants.forEach(({ why }) => assert.match(why, /: /));
  });

  it("takes what the stack of a platform exports, and the administrator's secret besides", async () => {
    const made = await runProgram("rehearsal", { counter: 1, retired: 0 });
    const printed = await valueOf(
      pulumi.output(made.outputs["platform"] as Record<string, string>),
    );
    assert.ok(!(await pulumi.isSecret(pulumi.output(made.outputs["platform"]))));
    const config = Object.fromEntries(
      Object.entries(printed).map(([key, value]) => [key.slice("rotation:".length), value]),
    );
    const { databaseAdministratorSecret, serverConnections, ...ids } = EXISTING_CONFIG;
    assert.deepStrictEqual(Object.keys(config).sort(), Object.keys(ids).sort());
    const other = { application: "other", databaseAdministratorSecret, serverConnections };
    const { outputs } = await runProgram("rehearsal", { ...WITHOUT_NEW, ...config, ...other });
    assert.strictEqual(outputs["platform"], undefined);
  });

  describe("with a login and a database that are there", () => {
    let program: MockProgram;
    let outputs: Record<string, unknown>;

    /** The program that takes them over, in the cluster that has what serves today. */
    const adopting = (
      config: Record<string, number | string>,
      { answers = {}, ...left }: Exclude<Options, undefined> = {},
    ) =>
      onExisting(
        { ...ADOPTED_CONFIG, ...cluster.config, ...config },
        { ...left, answers: { ...cluster.answers, ...answers } },
      );

    before(async () => {
      serverSays();
      ({ program, outputs } = await adopting(FIRST));
    });
    after(() => mock.restoreAll());

    const inputsOf = (type: string) => program.ofType(type).map(({ inputs }) => inputs);

    it("makes no database, and nothing in the one that is there", () => {
      assert.deepStrictEqual(inputsOf("azure-native:dbforpostgresql:Database"), []);
      assert.deepStrictEqual(inputsOf("postgresql:index/defaultPrivileges:DefaultPrivileges"), []);
      const inside = program.registrations
        .filter(({ type }) => type.startsWith("postgresql:"))
        .filter(({ inputs }) => inputs["database"] !== undefined);
      assert.ok(inside.length > 5, `only ${inside.length}`);
      for (const { inputs, name } of inside) {
        assert.strictEqual(inputs["database"], "postgres", name);
      }
      const schemas = inputsOf("postgresql:index/schema:Schema").map(({ name }) => name);
      assert.deepStrictEqual(schemas, ["app_rotation"]);
    });

    it("makes the slots' roles and the rotator, and gives nobody else anything", () => {
      const roles = inputsOf("postgresql:index/role:Role")
        .map(({ name, roles: of, assumeRole, searchPaths }) => [name, of, assumeRole, searchPaths])
        .sort();
      const legacy = ADOPTED_CONFIG.legacyRole;
      assert.deepStrictEqual(roles, [
        ["app_blue", [legacy], legacy, undefined],
        ["app_green", [legacy], legacy, undefined],
        ["app_rotator", undefined, undefined, undefined],
      ]);
      const granted = inputsOf(TYPE.grant).map(
        ({ role, objectType, privileges }) =>
          `${String(role)} ${String(objectType)}: ${String(privileges)}`,
      );
      assert.deepStrictEqual(granted.sort(), [
        "app_rotator database: CONNECT",
        "app_rotator function: EXECUTE",
        "app_rotator schema: USAGE",
        "public function: ",
      ]);
      const grantRoles = inputsOf("postgresql:index/grantRole:GrantRole");
      assert.deepStrictEqual(grantRoles.map(({ grantRole }) => grantRole).sort(), [
        "app_blue",
        "app_green",
      ]);
    });

    it("leads production to the Service of today, by a part of its Ingress", () => {
      const { inputs } = program.find(TYPE.patch, "rotation-traffic");
      const { rules } = inputs["spec"] as { rules: unknown[] };
      assert.match(
        JSON.stringify(rules[0]),
        /"service":\{"name":"shop","port":\{"number":8080\}\}/,
      );
    });

    it("has the pods log in to the database that is there, and the rotator to the server's own", async () => {
      const completed = await valueOf(outputs["completed"] as pulumi.Output<Run>);
      ({ program } = await adopting({ counter: 0, live: 0, retired: -2 }, leftBy(completed)));
      const jobs = JSON.stringify(inputsOf("kubernetes:batch/v1:Job"));
      assert.ok(jobs.includes(JSON.stringify({ name: "PGDATABASE", value: "Shop-DB" })), jobs);
      assert.ok(jobs.includes(JSON.stringify({ name: "ROTATOR_DATABASE", value: "postgres" })));
      assert.ok(jobs.includes(JSON.stringify({ name: "ACT_AS_ROLE", value: "Shop-App.Legacy" })));
      assert.ok(JSON.stringify(inputsOf("kubernetes:helm.sh/v3:Release")).includes("Shop-DB"));
    });

    it("tells in the functions which stack made them", () => {
      const bodies = inputsOf("postgresql:index/function:Function").map(({ body, name }) => {
        assert.ok(String(body).includes("-- made by the stack organization/rotation/rehearsal\n"));
        return [name, /NOT IN \((.*)\)/.exec(String(body))?.[1]];
      });
      assert.deepStrictEqual(bodies.sort(), [
        ["count_sessions", "'app_blue', 'app_green', 'Shop-App.Legacy'"],
        ["end_sessions", "'app_blue', 'app_green'"],
      ]);
    });

    it("is refused with the rest that does not fit, before anything is registered", async () => {
      serverSays({ legacy: null, logins: ["shop"] });
      await assert.rejects(
        adopting(FIRST, {
          answers: {
            "azure-native:keyvault:getVault": (usual) => ({
              ...usual,
              properties: { ...(usual["properties"] as object), enableRbacAuthorization: false },
            }),
          },
        }),
        ({ message }: Error) =>
          /vaultId decides by access policies/.test(message) &&
          /legacyRole is Shop-App.Legacy, and the server has no such login. It has shop/.test(
            message,
          ),
      );
    });
  });
});
