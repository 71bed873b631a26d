import { Agent } from "node:https";
import { armTemplate, type ProgramResource } from "../../export/armTemplate";
import { programResources, type ProgramResources } from "../../export/programResources";
import { Arm, cloudAddresses } from "../../operate/preflight/arm";
import type { Asking, StackSettings } from "../../operate/preflight/asking";
import type { Finding } from "../../operate/preflight/finding";
import { whoIsLoggedIn } from "../../operate/preflight/login";
import { Planned } from "../../operate/preflight/planned";
import { preflight } from "../../operate/preflight/preflight";
import { preflightSettings } from "../../operate/preflight/settings";
import { Web } from "../../operate/preflight/web";
import { whatIfChecks } from "../../operate/preflight/whatIf";
import { stackConfig } from "../../mocks/program";
import type { State, StateResource } from "../../operate/state/state";
import { GIVEN, makeGiven } from "../../twin/azure/given";
import { Reads } from "../../twin/azure/reads/reads";
import { RESOURCE_TYPES } from "../../twin/azure/resourceTypes";
import { AzureBench } from "./azureCloud";

/** Built-in roles by the GUID of their definition. */
export const ROLE = {
  contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  grants: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
  /** Certificates of a vault, and no key. */
  keyVaultReader: "21090545-7ca7-4776-b22c-e363652d74d2",
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
} as const;

const SUFFIX = "platform-suffix";

/** What may be changed of what is asked with. */
export interface Change {
  readonly settings?: Partial<StackSettings>;
  readonly asking?: Partial<Asking>;
  /** Logical names of what the stack has made, by its state; no state when not given. */
  readonly made?: readonly string[];
  /** Texts of what the program makes that are to be others. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** A subscription of the twin in which all is well for a stack, and the questions to it. */
export class PreflightBench {
  private constructor(
    readonly bench: AzureBench,
    readonly reads: Reads,
    private readonly stack: string,
    private readonly program: ProgramResources,
    private readonly settings: StackSettings,
    private readonly agent: Agent,
  ) {}

  static async start(stack = "prod"): Promise<PreflightBench> {
    const settings = await preflightSettings({ stack, cwd: "." });
    const bench = await AzureBench.start();
    await makeGiven(bench.cloud, Object.values(settings.hosts));
    await bench.create("keyvault:Secret", {
      resourceGroupName: GIVEN.group,
      vaultName: GIVEN.vault,
      secretName: stackConfig(stack)["rotation:certificate"]!.split("/").at(-1)!,
      properties: {
        value: bench.cloud.vault(GIVEN.vault)!.service.secrets.get(GIVEN.secret, "").value,
      },
    });
    const { cloud } = bench;
    await bench.grant(cloud.deployer.objectId, ROLE.keyVaultReader, vaultId(cloud.subscriptionId));
    const types = [...RESOURCE_TYPES.values()];
    const reads = await Reads.start(cloud, { types, hosts: ["events.example.com"] });
    const program = await quietly(() =>
      programResources(stack, {
        subscriptionId: cloud.subscriptionId,
        tenantId: cloud.tenantId,
        objectId: cloud.deployer.objectId,
      }),
    );
    const agent = new Agent({ ca: cloud.world.authority.certificate, lookup: lookupIn(reads) });
    return new PreflightBench(bench, reads, stack, program, settings, agent);
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await this.reads.stop();
    await this.bench.stop();
  }

  /** Everything that is asked, with a change. */
  async ask(change: Change = {}): Promise<Finding[]> {
    return preflight(await this.asking(change));
  }

  /** What Azure itself says of the export. */
  async askWhatIf(change: Change = {}): Promise<Finding[]> {
    const asking = await this.asking(change);
    const resources = asking.planned.resources as readonly ProgramResource[];
    return preflight(asking, whatIfChecks(armTemplate(asking.planned.group, resources)));
  }

  /** Ids of what the program makes, by logical name. */
  idOf(name: string): string {
    return this.program.resources.find((resource) => resource.name === name)!.id;
  }

  private async asking({ settings, asking, made, instead = {} }: Change): Promise<Asking> {
    const { entra, deployer, subscriptionId } = this.bench.cloud;
    const login = {
      getToken: (scopes: string | string[]) => {
        const audience = String(scopes).replace(/\/\.default$/, "");
        const token = entra.issue(deployer.objectId, audience);
        return Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 });
      },
    };
    const web = new Web(login, this.agent);
    const cloud = await cloudAddresses(web, undefined);
    return {
      stack: this.stack,
      planned: Planned.of(replaced(this.program, instead), made && this.state(made)),
      settings: { ...this.settings, ...settings },
      login: await whoIsLoggedIn(web, cloud, { ARM_SUBSCRIPTION_ID: subscriptionId }),
      arm: new Arm(web, cloud),
      cloud,
      web,
      resolve: () => Promise.reject(Object.assign(new Error("none"), { code: "ENOTFOUND" })),
      now: new Date(),
      ...asking,
    };
  }

  /** A state with these of the program's resources, under the names that the mocks draw. */
  private state(made: readonly string[]): State {
    const { resources } = this.program;
    const vault = this.idOf("platform-vault");
    const drawn: StateResource = {
      urn: `urn:pulumi:prod::rotation::random:index/randomString:RandomString::${SUFFIX}`,
      type: "random:index/randomString:RandomString",
      outputs: { result: vault.slice(-6) },
    };
    const there = resources.filter(({ name }) => made.includes(name));
    return {
      deployment: { resources: [drawn, ...there.map(({ urn, type, id }) => ({ urn, type, id }))] },
    };
  }
}

function replaced(
  program: ProgramResources,
  instead: Readonly<Record<string, string>>,
): ProgramResources {
  const text = Object.entries(instead).reduce(
    (all, [before, after]) => all.replaceAll(before, after),
    JSON.stringify(program),
  );
  return JSON.parse(text) as ProgramResources;
}

/** The given vault, which holds the certificate. */
export function vaultId(subscriptionId: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${GIVEN.group}/providers/Microsoft.KeyVault/vaults/${GIVEN.vault}`;
}

/** Every name is the twin's, but for addresses and `.invalid`. */
function lookupIn(reads: Reads): NonNullable<ConstructorParameters<typeof Agent>[0]>["lookup"] {
  return (host, options, callback) => {
    if (host.endsWith(".invalid")) {
      callback(Object.assign(new Error(`no ${host}`), { code: "ENOTFOUND" }), "", 4);
    } else if (options.all) {
      callback(null, [{ address: reads.address, family: 4 }]);
    } else {
      callback(null, reads.address, 4);
    }
  };
}

/** What the program says of a run that there is not. */
async function quietly<T>(run: () => Promise<T>): Promise<T> {
  const { log } = console;
  console.log = () => undefined;
  try {
    return await run();
  } finally {
    console.log = log;
  }
}
