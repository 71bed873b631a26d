import * as pulumi from "@pulumi/pulumi";
import { type KubeLogin, KUBE_LOGINS } from "../components/platform/kubeconfig";
import { nameProblems } from "../components/platform/names";
import { DEPLOYER_TYPES, type DeployerType } from "../components/platform/scope";
import { connectionProblem } from "../components/rotation/connectionBudget";
import {
  type Plan,
  planProblems,
  type RotationPlan,
  rotationPlan,
} from "../components/rotation/rotationPlan";
import { SURGE } from "../components/rotation/slot";
import { chartDigest, settingsDigest } from "./digests";

/** Everything a stack is configured with, checked. */
export interface Settings {
  readonly plan: RotationPlan;
  /** Digest of everything but the plan; a move must not change it. */
  readonly digest: string;
  readonly application: string;
  readonly stack: string;
  readonly location: string;
  readonly deployerType: DeployerType;
  readonly hosts: { readonly production: string; readonly blue: string; readonly green: string };
  readonly images: { readonly app: string; readonly tools: string };
  readonly release: {
    readonly replicas: number;
    readonly poolSize: number;
    readonly preStopSeconds: number;
    readonly chartDigest: string;
  };
  readonly proof: { readonly answers: number; readonly drainSeconds: number };
  readonly validityDays: number;
  readonly cluster: {
    readonly nodeSize: string;
    readonly nodeCount: number;
    readonly kubeLogin: KubeLogin;
  };
  readonly database: { readonly version: string; readonly size: string; readonly tier: string };
}

/** Keys of the plan: a rotation changes these and no others. */
const PLAN_KEYS = ["counter", "live", "retired"] as const;

const DATABASE_VERSIONS = ["17", "18"] as const;
const DATABASE_TIERS = ["Burstable", "GeneralPurpose", "MemoryOptimized"] as const;

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const IMAGE = /^[a-z0-9][\w.:/@-]*(:[\w.-]+|@sha256:[0-9a-f]{64})$/;
/** Also a database, a role prefix and a namespace: the strictest of their rules, and short. */
const APPLICATION = /^[a-z][a-z0-9]{0,11}$/;
const REGION = /^[a-z][a-z0-9]+$/;
const SIZE = /^Standard_[A-Za-z0-9_]+$/;

/**
 * Reads and checks the configuration of the stack; the only code that does.
 *
 * @throws pulumi.RunError that lists every problem at once
 */
export function loadSettings(): Settings {
  const stack = pulumi.getStack();
  const reader = new Reader(new pulumi.Config("rotation"));
  const plan = readPlan(reader);
  const application = reader.text(
    "application",
    "app",
    APPLICATION,
    "a small letter, then up to 11 small letters or digits",
  );
  const maxConnections = reader.integer("maxConnections", 859, 50, 20_000);
  const settings = {
    application,
    location: reader.text("location", undefined, REGION, "an Azure region such as westeurope"),
    deployerType: reader.choice("deployerType", "ServicePrincipal", DEPLOYER_TYPES),
    hosts: {
      production: reader.text(
        "productionHost",
        undefined,
        HOST,
        "a host name such as app.example.com",
      ),
      blue: reader.text(
        "stageBlueHost",
        undefined,
        HOST,
        "a host name such as blue.app.example.com",
      ),
      green: reader.text(
        "stageGreenHost",
        undefined,
        HOST,
        "a host name such as green.app.example.com",
      ),
    },
    images: {
      app: reader.text("appImage", undefined, IMAGE, "an image with a tag or digest"),
      tools: reader.text("toolsImage", undefined, IMAGE, "an image with a tag or digest"),
    },
    release: {
      replicas: reader.integer("replicas", 3, 1, 100),
      poolSize: reader.integer("poolSize", 5, 1, 100),
      preStopSeconds: reader.integer("preStopSeconds", 90, 1, 600),
      chartDigest: chartDigest(),
    },
    proof: {
      answers: reader.integer("proofAnswers", 50, 1, 10_000),
      drainSeconds: reader.integer("drainSeconds", 300, 1, 3600),
    },
    validityDays: reader.integer("validityDays", 90, 1, 3650),
    cluster: {
      nodeSize: reader.text(
        "nodeSize",
        "Standard_D4ds_v5",
        SIZE,
        "a VM size such as Standard_D4ds_v5",
      ),
      nodeCount: reader.integer("nodeCount", 3, 1, 100),
      kubeLogin: reader.choice("kubeLogin", "azurecli", KUBE_LOGINS),
    },
    database: {
      version: reader.choice("databaseVersion", "18", DATABASE_VERSIONS),
      size: reader.text(
        "databaseSize",
        "Standard_D2ds_v5",
        SIZE,
        "a size such as Standard_D2ds_v5",
      ),
      tier: reader.choice("databaseTier", "GeneralPurpose", DATABASE_TIERS),
    },
  };
  reader.problem(hostProblem(settings.hosts));
  reader.problem(connectionProblem({ ...settings.release, surge: SURGE, maxConnections }));
  nameProblems({ application, stack }).forEach((problem) => reader.problem(problem));
  reader.throwProblems(stack);
  return {
    ...settings,
    stack,
    plan: rotationPlan(plan.counter, plan.live, plan.retired),
    digest: settingsDigest({ ...settings, maxConnections }),
  };
}

function readPlan(reader: Reader): Plan {
  const counter = reader.integer("counter", 0, 0);
  const live = reader.integer("live", counter, 0);
  const retired = reader.integer("retired", -1, -1);
  const plan = { counter, live, retired };
  if (!reader.hasProblemWith(PLAN_KEYS)) {
    planProblems(plan).forEach((problem) => reader.problem(problem));
  }
  return plan;
}

function hostProblem(hosts: Settings["hosts"]): string | undefined {
  const names = Object.values(hosts).filter((host) => host !== "");
  return new Set(names).size === names.length
    ? undefined
    : "rotation:productionHost, rotation:stageBlueHost and rotation:stageGreenHost must differ: " +
        "each leads to another pool of the gateway.";
}

/** Reads keys and collects what is wrong with them. */
class Reader {
  private readonly problems: string[] = [];
  private readonly wrongKeys = new Set<string>();

  constructor(private readonly config: pulumi.Config) {}

  integer(key: string, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const text = this.config.get(key);
    if (text === undefined || text === "") {
      return fallback;
    }
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < least || value > most) {
      const range =
        most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
      this.wrong(key, `must be a whole number ${range}, not "${text}".`);
      return fallback;
    }
    return value;
  }

  text(key: string, fallback: string | undefined, pattern: RegExp, allowed: string): string {
    const value = this.config.get(key) || fallback;
    if (value === undefined) {
      this.wrong(
        key,
        `is missing: ${allowed}. Set it with \`pulumi config set rotation:${key} <value>\`.`,
      );
      return "";
    }
    if (!pattern.test(value)) {
      this.wrong(key, `must be ${allowed}, not "${value}".`);
    }
    return value;
  }

  choice<T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    const value = this.config.get(key) || fallback;
    if (!choices.includes(value as T)) {
      this.wrong(key, `must be one of ${choices.join(", ")}, not "${value}".`);
    }
    return value as T;
  }

  hasProblemWith(keys: readonly string[]): boolean {
    return keys.some((key) => this.wrongKeys.has(key));
  }

  problem(text: string | undefined): void {
    if (text !== undefined) {
      this.problems.push(text);
    }
  }

  throwProblems(stack: string): void {
    if (this.problems.length > 0) {
      const count = this.problems.length === 1 ? "a problem" : `${this.problems.length} problems`;
      throw new pulumi.RunError(
        `The configuration of stack ${stack} has ${count}:\n` +
          this.problems.map((problem) => `  - ${problem}`).join("\n"),
      );
    }
  }

  private wrong(key: string, text: string): void {
    this.wrongKeys.add(key);
    this.problems.push(`rotation:${key} ${text}`);
  }
}
