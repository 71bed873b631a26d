import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { existingHosts, ownHosts } from "../../components";
import type { Connections, Legacy, OwnHosts } from "../../components/facts";
import type { Hosts, Run } from "../../components/plan";
import { ForeignState, foreignIn } from "../state/foreign";
import { withoutOptions } from "../state/pulumi";
import type { State } from "../state/state";
import { stackName, type StackOptions } from "../state/stack";
import { stackValues } from "../state/stackValues";
import type { Records } from "./evidence";

/** Which stack, and how to read its state. */
export interface StackLocation extends StackOptions {
  /** The Pulumi CLI. */
  readonly pulumi: string;
}

/** What the state of a stack says that is of use here. */
export interface StackState {
  readonly records: Records;
  readonly connections?: Connections;
  readonly gatewayAddress?: string;
  /** Why none of this is known. */
  readonly missing?: string;
}

/** What the stack's settings say that is of use here. */
export interface StackSettings {
  readonly application: string;
  /** Namespace of another team; undefined where it is called as the application. */
  readonly namespace?: string;
  /** Ingress in it that was taken over. */
  readonly ingress?: string;
  /** Azure region. */
  readonly location: string;
  readonly replicas: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly hosts: Hosts;
  /** What an adopted application logged in as before, and the Service that served it. */
  readonly legacy?: Legacy;
  /** Of a platform that is there; undefined where the stack makes it. */
  readonly existing?: Parameters<typeof existingHosts>[0];
}

const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Reads the state with the Pulumi CLI. A missing state is not an error, and one that names what is not
 * this stack's counts as missing: records that somebody else may have written prove nothing.
 */
export async function readState(
  { stack, cwd, pulumi }: StackLocation,
  own: OwnHosts,
): Promise<StackState> {
  let text: string;
  try {
    const options = { cwd, maxBuffer: MOST_BYTES, env: withoutOptions(process.env) };
    ({ stdout: text } = await promisify(execFile)(
      pulumi,
      ["stack", "export", "--stack", stack, "--non-interactive"],
      options,
    ));
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return { records: {}, missing: (stderr || message).replace(/^error: /, "").trim() };
  }
  const exported = JSON.parse(text) as State;
  const foreign = foreignIn(exported, own);
  if (foreign.length > 0) {
    return { records: {}, missing: new ForeignState(foreign).message };
  }
  const resources = exported.deployment?.resources ?? [];
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  const started = resources.find(({ urn }) => urn.endsWith("::guard-started"))?.inputs?.["input"];
  const live = outputs["live"] as
    { readonly secretVersion?: string; readonly images?: { readonly app?: string } } | undefined;
  const role = resources.find(({ urn }) => /::rotation-(blue|green)-role$/.test(urn))?.inputs;
  const state = {
    records: {
      completed: outputs["completed"] as Run | undefined,
      started: started as Run | undefined,
      secretVersion: live?.secretVersion,
      image: live?.images?.app,
      connections: role?.["connectionLimit"] as number | undefined,
      actAs: role?.["assumeRole"] === undefined ? undefined : ("owner" as const),
    },
    connections: outputs["connections"] as Connections | undefined,
    gatewayAddress: outputs["gatewayAddress"] as string | undefined,
  };
  const empty = outputs["completed"] === undefined && started === undefined;
  // Undefined keys count as missing.
  return JSON.parse(
    JSON.stringify({ ...state, ...(empty && { missing: "it has no record of a run" }) }),
  ) as StackState;
}

/** Reads the settings from the stack's file and the defaults of the project. */
export async function readSettings(options: StackOptions): Promise<StackSettings> {
  const valueOf = await stackValues(options);
  const numberOf = (key: string) => Number(valueOf(key) || "0");
  const maxReplicas = numberOf("maxReplicas");
  return {
    application: valueOf("application") || "app",
    ...(valueOf("namespace") && { namespace: valueOf("namespace") }),
    ...(valueOf("ingress") && { ingress: valueOf("ingress") }),
    location: valueOf("location"),
    // What a slot starts with: the autoscaler's maximum, unless something else is set.
    replicas: numberOf("replicas") || maxReplicas || 3,
    ...(maxReplicas > 0 && { minReplicas: numberOf("minReplicas") || 1, maxReplicas }),
    hosts: {
      production: valueOf("productionHost") || undefined,
      // While a strategy is left, these lead elsewhere than to their slots.
      ...(valueOf("leaving") === "" && {
        blue: valueOf("stageBlueHost") || undefined,
        green: valueOf("stageGreenHost") || undefined,
      }),
    },
    ...(valueOf("legacyRole") !== "" && {
      legacy: {
        role: valueOf("legacyRole"),
        service: valueOf("legacyService").replace(/:\d+$/, ""),
        databaseName: valueOf("databaseName"),
        ownerRole: valueOf("ownerRole") || valueOf("legacyRole"),
      },
    }),
    ...(valueOf("platform") === "existing" && {
      existing: {
        clusterHost: valueOf("clusterHost"),
        databaseServerId: valueOf("databaseServerId"),
        vaultId: valueOf("vaultId"),
      },
    }),
  };
}

/** Where whoever works on a stack may log in, whatever its state says. */
export async function readOwnHosts(options: StackOptions): Promise<OwnHosts> {
  return hostsOf(options, await readSettings(options));
}

/** The same, of settings that are read already. */
export function hostsOf(
  { stack }: StackOptions,
  { application, existing, location }: StackSettings,
): OwnHosts {
  return existing !== undefined
    ? existingHosts(existing)
    : ownHosts({ application, stack: stackName(stack) }, location);
}
