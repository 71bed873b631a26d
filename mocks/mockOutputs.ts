import * as pulumi from "@pulumi/pulumi";
import { digest, guid } from "./fixedValues";
import { type Answer, azureOutputs, type Client, type Values } from "./mockAzure";
import { platformAnswer } from "./mockPlatform";
import { unwrap } from "./secretEnvelope";

type Answering = (name: string, inputs: Values, type: string, client: Client) => Answer | undefined;

/** Answers by package; undefined means that the type is not known here. */
const PACKAGES: Readonly<Record<string, Answering>> = {
  "azure-native": azureOutputs,
  kubernetes: kubernetesOutputs,
  postgresql: postgresqlOutputs,
  pulumi: (name, inputs, type) =>
    type === "pulumi:index:Stash"
      ? { id: name, outputs: { output: inputs.input } }
      : type.startsWith("pulumi:providers:")
        ? { id: guid(type, name), outputs: {} }
        : undefined,
  random: randomOutputs,
};

/**
 * What the provider of a resource would answer: its inputs, and what it makes of them.
 * Undefined for a type that no component uses so far.
 */
export function mockResource(
  args: pulumi.runtime.MockResourceArgs,
  client: Client,
): pulumi.runtime.MockResourceResult | undefined {
  const inputs = args.inputs as Values;
  if (!args.custom) {
    return { id: undefined, state: {} };
  }
  const [packageName = ""] = args.type.split(":");
  const answer = PACKAGES[packageName]?.(args.name, inputs, args.type, client);
  return answer && { id: answer.id, state: { ...inputs, ...answer.outputs } };
}

/** What a provider function would answer; undefined for one that no component uses so far. */
export function mockCall(args: pulumi.runtime.MockCallArgs, client: Client): Values | undefined {
  const inputs = args.inputs as Values;
  switch (args.token) {
    case "azure-native:authorization:getClientConfig":
      return { ...client };
    case "azure-native:containerservice:listManagedClusterUserCredentials":
      return {
        kubeconfigs: [
          {
            name: "clusterUser",
            value: kubeconfig(inputs.resourceName as string),
          },
        ],
      };
    default:
      return platformAnswer(args.token, inputs);
  }
}

/** Passwords differ by name and keepers, as if each had been drawn. */
function randomOutputs(name: string, inputs: Values, type: string): Answer | undefined {
  const drawn = digest(type, name, inputs.keepers);
  switch (type) {
    case "random:index/randomPassword:RandomPassword": {
      const result = drawn.repeat(2).slice(0, inputs.length as number);
      return { id: "none", outputs: { result: pulumi.secret(result) } };
    }
    case "random:index/randomString:RandomString": {
      const result = drawn.slice(0, inputs.length as number);
      return { id: result, outputs: { result } };
    }
    default:
      return undefined;
  }
}

function postgresqlOutputs(name: string, inputs: Values): Answer {
  return { id: typeof inputs.name === "string" ? inputs.name : name, outputs: {} };
}

/** Objects without a name get one, as the provider does. */
function kubernetesOutputs(name: string, inputs: Values, type: string): Answer {
  const autoName = `${name}-${digest(type, name).slice(0, 8)}`;
  if (type === "kubernetes:helm.sh/v3:Release") {
    const { name: release = autoName, namespace = "default" } = inputs as Record<string, string>;
    return {
      id: `${namespace}/${release}`,
      outputs: {
        name: release,
        namespace,
        status: { name: release, namespace, revision: 1, status: "deployed" },
      },
    };
  }
  const given = unwrap(inputs.metadata ?? {}).plain as Record<string, string>;
  const metadata = { name: autoName, ...given, uid: guid(type, name) };
  const id = given.namespace ? `${given.namespace}/${metadata.name}` : metadata.name;
  return { id, outputs: { metadata } };
}

/** What Azure answers for a cluster, base64. */
function kubeconfig(name: string): string {
  const text = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: `https://${name}.azmk8s.io:443` } }],
  };
  return Buffer.from(JSON.stringify(text)).toString("base64");
}
