import { addressProblem, type OwnHosts, ownConnections, serverOfDeployer } from "../../components";
import type { State, StateResource } from "./state";

/**
 * Somebody who may not write here has: whoever can write a state's storage can write what the engine
 * and our commands go by, also without the key that its secrets are encrypted with.
 */
export class ForeignState extends Error {
  constructor(readonly foreign: readonly string[]) {
    super(
      "The state names what is none of this stack's, so nothing of it was used and no plugin was " +
        `started:\n${foreign.map((each) => `  - ${each}\n`).join("")}` +
        "If nobody has changed the program, somebody has written the state: docs/runbook.md, " +
        '"Somebody has written the state".',
    );
  }
}

/** @throws ForeignState unless all that the state names is this stack's own */
export function requireOwn(state: State, own: OwnHosts): void {
  const foreign = foreignIn(state, own);
  if (foreign.length > 0) {
    throw new ForeignState(foreign);
  }
}

/**
 * What a state names that is none of this program's, a sentence each. It is what makes an engine run
 * something, or log in somewhere, before the program has said anything: a plugin and where to get it, a
 * provider's configuration, resources with code in them, and outputs.
 *
 * What is encrypted passes: somebody without the key can only put it into another place, and no host
 * or command may be encrypted but those of the kubeconfig. A version that is not installed is refused
 * by the engine, which takes no other one.
 */
export function foreignIn({ deployment }: State, own: OwnHosts): string[] {
  const { extensions = {}, pending_operations: pending = [], resources = [] } = deployment ?? {};
  return [
    ...new Set([
      ...[...resources, ...pending.map(({ resource }) => resource)].flatMap((resource) =>
        resourceProblems(resource, own),
      ),
      ...(Object.keys(extensions).length > 0 ? ["it extends a provider's package"] : []),
      ...resources
        .filter(({ type }) => type === STACK)
        .flatMap(({ outputs = {} }) => outputProblems(outputs, own)),
      ...resources
        .filter(({ urn }) => urn.endsWith("::guard-started"))
        .flatMap(({ inputs }) => recordProblems("the started run", inputs?.["input"])),
    ]),
  ];
}

const STACK = "pulumi:pulumi:Stack";
const PROVIDER = "pulumi:providers:";

/** What of a provider's configuration is wrong, undefined where nothing is. */
type Check = (value: unknown, own: OwnHosts) => string | undefined;

const is = (pattern: RegExp) => (value: unknown) =>
  typeof value === "string" && pattern.test(value) ? undefined : "is not what the program sets";

/** Text of any kind that only the server reads, or an envelope around it. */
const secret: Check = () => undefined;

const kubeconfig: Check = (value, { cluster }) => {
  const text = clearText(value);
  if (text === undefined) {
    return undefined;
  }
  const server = serverOfDeployer(text);
  return server === undefined
    ? "is not the one that the program makes"
    : addressProblem(server, cluster);
};

const host: Check = (value, { database }) =>
  is(/^[a-z0-9.-]+$/)(value) ?? addressProblem(`https://${String(value)}`, database);

/**
 * Packages of the program, with the configuration that it gives their providers: nothing else may stand
 * there. `environment` leads to the hosts of a cloud.
 */
const CONFIGURED: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  pulumi: {},
  random: {},
  "azure-native": {
    environment: is(/^public$/),
    location: is(/^[a-z0-9]+$/),
    subscriptionId: is(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  },
  kubernetes: { enableServerSideApply: is(/^true$/), kubeconfig },
  postgresql: {
    connectTimeout: is(/^\d+$/),
    database: is(/^[\w-]+$/),
    host,
    password: secret,
    port: is(/^\d+$/),
    sslmode: is(/^verify-full$/),
    superuser: is(/^false$/),
    username: is(/^[\w-]+$/),
  },
};

const VERSION = is(/^\d+\.\d+\.\d+$/);

function resourceProblems(resource: StateResource, own: OwnHosts): string[] {
  const { custom, extensionRef, provider, type, urn } = resource;
  if (typeIn(urn) !== type) {
    return [`${named(urn)} says that it is a ${said(type)}`];
  }
  if (type.startsWith(PROVIDER)) {
    return providerProblems(resource, own);
  }
  const packageName = type.split(":")[0]!;
  const isComponent = packageName === "rotation" && custom !== true;
  return [
    ...(Object.hasOwn(CONFIGURED, packageName) || isComponent
      ? []
      : [`${named(urn)} is of a package that the program does not use`]),
    ...(provider && typeIn(provider) !== PROVIDER + packageName
      ? [`${named(urn)} is served by ${named(provider)}`]
      : []),
    ...(extensionRef === undefined ? [] : [`${named(urn)} extends its provider's package`]),
  ];
}

/** The type in a URN, as the engine takes it from there. */
function typeIn(urn: string): string | undefined {
  return urn.split("::")[2]?.split("$").at(-1);
}

function providerProblems({ inputs = {}, outputs = {}, type, urn }: StateResource, own: OwnHosts) {
  const name = type.slice(PROVIDER.length);
  if (!Object.hasOwn(CONFIGURED, name)) {
    return [`${named(urn)} is a provider of a package that the program does not use`];
  }
  // The engine configures with the inputs; plugins of some packages read the outputs.
  return [inputs, outputs].flatMap((values) =>
    Object.entries(values).flatMap(([key, value]) => {
      if (key === "__internal") {
        return Object.keys(value ?? {}).map(
          (inner) => `${named(urn)} has ${said(inner)}, which the program does not set`,
        );
      }
      const checks = CONFIGURED[name]!;
      const check = key === "version" ? VERSION : Object.hasOwn(checks, key) && checks[key];
      const problem = check ? check(value, own) : "is nothing that the program sets";
      return problem === undefined ? [] : [`${said(key)} of ${named(urn)}: ${problem}`];
    }),
  );
}

/** Outputs that our commands and the program read. */
function outputProblems(outputs: Readonly<Record<string, unknown>>, own: OwnHosts): string[] {
  const { completed, connections, gatewayAddress, live } = outputs;
  const { foreign } = ownConnections(connections ?? {}, own);
  return [
    ...Object.entries(foreign).map(([place, problem]) => `the ${place}: ${problem}`),
    ...(gatewayAddress === undefined || ADDRESS.test(JSON.stringify(gatewayAddress))
      ? []
      : [`${said(gatewayAddress)} is no address of a gateway`]),
    ...recordProblems("the completed run", completed),
    ...recordProblems("the live credential", live),
  ];
}

const ADDRESS = /^"\d{1,3}(\.\d{1,3}){3}"$/;

/** Nothing that means something to a shell, or to the page of a pull request. */
const PLAIN = /^[\w.:/@+= -]*$/;

/** Commands, branches and titles are made of what a record says; its numbers are used as numbers. */
function recordProblems(what: string, record: unknown): string[] {
  return Object.entries(record ?? {}).flatMap(([key, value]) => {
    if (typeof value === "object") {
      return recordProblems(what, value);
    }
    const isNumber = ["counter", "live", "retired", "generation"].includes(key);
    const isFine = isNumber
      ? Number.isInteger(value)
      : typeof value !== "string" || PLAIN.test(value);
    return isFine ? [] : [`${said(key)} of ${what} is ${said(value)}`];
  });
}

/** The text of a value that is not encrypted: a secret of an export with secrets is JSON in an envelope. */
function clearText(value: unknown): string | undefined {
  if (typeof value === "string") {
    return value;
  }
  const { ciphertext, plaintext } = (value ?? {}) as { ciphertext?: string; plaintext?: string };
  return plaintext === undefined
    ? ciphertext === undefined
      ? JSON.stringify(value)
      : undefined
    : String(JSON.parse(plaintext));
}

/** Type and name. */
function named(urn: string): string {
  return said(urn.split("::").slice(2).join("::"));
}

/** Somebody else's text on one line, with a length that people can read and without control characters. */
function said(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 160 ? `${text.slice(0, 160)}..."` : text;
}
