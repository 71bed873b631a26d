import assert from "node:assert";
import { parse, stringify } from "yaml";
import { deployerKubeconfig, KUBE_LOGINS } from "../../../components/platform/kubeconfig";

interface Kubeconfig {
  readonly clusters: unknown;
  readonly contexts: { readonly name: string; readonly context: Record<string, string> }[];
  readonly users: {
    readonly name: string;
    readonly user: { readonly exec: Record<string, unknown> };
  }[];
  readonly "current-context": string;
}

const CLUSTER = {
  name: "aks-app-dev",
  cluster: { server: "https://aks-app-dev.azmk8s.io:443", "certificate-authority-data": "Q0E=" },
};

/** As Azure hands it out, with the user that it proposes. */
function fromAzure(user = "clusterUser", clusters: unknown[] = [CLUSTER]): string {
  const text = stringify({
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    clusters,
    users: [{ name: user, user: { "auth-provider": { name: "azure" }, token: "from-azure" } }],
    contexts: [{ name: "aks", context: { cluster: "aks-app-dev", user } }],
    "current-context": "aks",
  });
  return Buffer.from(text).toString("base64");
}

describe("deployerKubeconfig", () => {
  it("is the same text in every run, whatever user Azure proposes", () => {
    assert.strictEqual(
      deployerKubeconfig(fromAzure("clusterUser_rg_1"), "azurecli"),
      deployerKubeconfig(fromAzure("clusterUser_rg_2"), "azurecli"),
    );
  });

  it("leads to the server that Azure names, with the same CA", () => {
    const config = parse(deployerKubeconfig(fromAzure(), "azurecli")) as Kubeconfig;
    assert.deepStrictEqual(config.clusters, [CLUSTER]);
    const context = config.contexts.find(({ name }) => name === config["current-context"]);
    assert.deepStrictEqual(context?.context, { cluster: "aks-app-dev", user: "deployer" });
    assert.deepStrictEqual(
      config.users.map(({ name }) => name),
      ["deployer"],
    );
  });

  it("gets its token without a person at a browser, in every way to log in", () => {
    for (const login of KUBE_LOGINS) {
      const { users } = parse(deployerKubeconfig(fromAzure(), login)) as Kubeconfig;
      const { command, args, interactiveMode } = users[0]!.user.exec;
      assert.deepStrictEqual([command, interactiveMode], ["kubelogin", "Never"]);
      assert.deepStrictEqual((args as string[]).slice(0, 3), ["get-token", "--login", login]);
      assert.ok(!["interactive", "devicecode"].includes(login), `${login} asks a person`);
    }
  });

  it("holds no token of Azure's answer", () => {
    assert.ok(!deployerKubeconfig(fromAzure(), "spn").includes("from-azure"));
  });

  it("refuses an answer without a cluster", () => {
    assert.throws(
      () => deployerKubeconfig(fromAzure("user", []), "azurecli"),
      /Azure returned a kubeconfig without a cluster/,
    );
  });
});
