import assert from "node:assert";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { asSuperuser } from "../clients/checks";
import { dumpCluster } from "./clusterDump";
import { belongings, ENVIRONMENTS, OBJECTS } from "./delivered";
import type { ClearText, LeakPlace } from "./search";
import { PROCESS_PARTS, type ProcessSampler } from "./processSampler";
import { PULUMI_HOME } from "../engine/providers";
import type { TwinClient } from "../../twin/client";
import type { KubeObject } from "../../twin/kubernetes/api/objects";
import type { Workspace } from "../up/workspace";

/** What a rehearsal has that could hold a secret. */
export interface Searched {
  /** Folder of everything that the rehearsal writes. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly workspace: Workspace;
  readonly twin: TwinClient;
  readonly sampler: ProcessSampler;
  /**
   * Whether an `up` fails by now, as after the naive order, whose slots the proofs do not find. It has
   * brought everywhere by then what it was given.
   */
  readonly isBroken: boolean;
  /** What goes into the result files. */
  readonly results: unknown;
  /** Writes what `--out` keeps. */
  readonly keepEvidence: (folder: string) => Promise<void>;
}

const SQL_LOG = "SQL log";

/** Pulumi's own lines at verbosity 9, which hold every property in clear; see ADR 12. */
const ENGINE_LINES =
  /"msg":"(Unm|M)arshaling property for RPC\[|RPC finished: |"msg":"eventSink::Debug\(/;

/** What is planted lies beside what the program made. */
const NAMESPACE = "default";
const EVENT_TIMEOUT_MS = 10_000;

/** Seconds that a proof waits for what is never found. */
const SOON_SECONDS = 10;

/** Every place where a secret could end up, but the vault and the mounted files. */
export async function leakPlaces(searched: Searched): Promise<LeakPlace[]> {
  const { directory, isBroken, workspace, twin } = searched;
  const folder = join(directory, "searched");
  await mkdir(folder, { recursive: true });
  const log = (name: string) => join(folder, `${name}.log`);
  const state = join(workspace.stateDirectory, ".pulumi");
  /** One address of an alert's mail, and one `up` that brings it everywhere an engine writes. */
  const engineWrites = once(async (canary: string) => {
    await workspace.set("rotation:alertEmail", `${canary}@example.com`);
    if (!isBroken) {
      await workspace.previewDiff(log("previews"));
      return workspace.upVerbosely(log("verbose"));
    }
    await workspace.set("rotation:proofSeconds", SOON_SECONDS);
    await workspace.previewDiff(log("previews"));
    await assert.rejects(workspace.upVerbosely(log("verbose")));
  });
  const logs = await podLogs(directory);
  return [
    {
      name: "state",
      paths: (await readdir(state)).filter((name) => name !== "history").map((n) => join(state, n)),
      plant: engineWrites,
    },
    { name: "history", paths: [join(state, "history")], plant: engineWrites },
    {
      name: "stack configuration",
      paths: [join(directory, "project", "stacks")],
      plant: engineWrites,
    },
    { name: "previews with --diff", paths: [log("previews")], plant: engineWrites },
    {
      name: "engine log",
      paths: [workspace.logFile],
      plant: () => workspace.logConfig("rotation:alertEmail"),
    },
    {
      name: "engine log at verbosity 9",
      paths: [log("verbose")],
      plant: engineWrites,
      engineLines: ENGINE_LINES,
    },
    {
      // Those of updates are encrypted with the stack's key.
      name: "logs that the engine keeps for itself",
      paths: [join(PULUMI_HOME, "logs")],
      since: searched.startedAt,
      plant: (canary) => workspace.logVariable(canary),
    },
    {
      name: "twin log",
      paths: [join(directory, "twin", "journal.log")],
      plant: (canary) => twin.call("note", canary),
    },
    {
      name: "pod logs",
      // Not the mounted files beside them: clear text belongs there.
      paths: logs,
      // Into one that is searched: a pod that comes meanwhile has another.
      plant: (canary) => writeFile(logs[0] ?? "", `${canary}\n`, { flag: "a" }),
    },
    {
      name: SQL_LOG,
      paths: await sqlLogs(directory),
      plant: async (canary) => {
        await asSuperuser(await twin.call("superuser"), "postgres", `SELECT '${canary}'`);
      },
    },
    ...processPlaces(searched, folder),
    ...clusterPlaces(twin, folder),
    ...keptPlaces(searched, folder),
  ];
}

/** Every password and verifier that there ever was. */
export async function clearTexts({ directory, twin, workspace }: Searched): Promise<ClearText[]> {
  const logs = await Promise.all((await sqlLogs(directory)).map((file) => readFile(file, "utf8")));
  const credentials = await twin.call("credentials");
  const objects = (await twin.call("objects")).map(({ object }) => object);
  const own = belongings(credentials, await workspace.stateResources(), objects);
  const verifiers = new Set(
    logs.flatMap((text) => text.match(/SCRAM-SHA-256\$\d+:[\w+/=]+\$[\w+/=]+:[\w+/=]+/g) ?? []),
  );
  return [
    ...credentials.map((each) => ({ ...each, belongsIn: own.get(each.value) })),
    ...(await twin.call("administratorPasswords")),
    // Nobody logs in with a verifier. But it is marked as secret, so only the server gets it.
    ...[...verifiers].map((value, index) => ({
      name: `verifier ${index + 1}`,
      value,
      belongsIn: [{ place: SQL_LOG }],
    })),
  ];
}

function processPlaces({ sampler }: Searched, folder: string): LeakPlace[] {
  return PROCESS_PARTS.map((part) => {
    const file = join(folder, `process-${part}`);
    return {
      name: part === "arguments" ? "process arguments" : ENVIRONMENTS,
      paths: [file],
      plant: (canary: string) => sampler.plant(part, canary),
      collect: () => sampler.write(part, file),
    };
  });
}

function clusterPlaces(twin: TwinClient, folder: string): LeakPlace[] {
  const [objects, releases, events] = ["objects", "releases", "events"].map((name) =>
    join(folder, "cluster", name),
  ) as [string, string, string];
  const collect = once(async () => {
    await dumpCluster(await twin.call("objects"), { objects, releases, events });
    await Promise.all(PLANTED.map((reference) => twin.call("remove", reference)));
  });
  return [
    {
      name: OBJECTS,
      paths: [objects],
      plant: async (canary) => void (await twin.call("apply", secretWith(canary))),
      collect,
    },
    {
      name: "Helm releases and their values",
      paths: [releases],
      plant: async (canary) => void (await twin.call("apply", releaseWith(canary))),
      collect,
    },
    {
      name: "events",
      paths: [events],
      plant: async (canary) => {
        const warned = entryOf(twin, "mount failed", POD.name);
        await twin.call("apply", podWith(canary));
        await warned;
      },
      collect,
    },
  ];
}

function keptPlaces({ results, keepEvidence }: Searched, folder: string): LeakPlace[] {
  const [written, kept] = [join(folder, "results"), join(folder, "kept")];
  return [
    {
      name: "result files",
      paths: [written],
      plant: async (canary) => {
        await mkdir(written, { recursive: true });
        await writeFile(join(written, "planted.txt"), canary);
      },
      collect: () => writeFile(join(written, "result.json"), JSON.stringify(results)),
    },
    {
      // Found there because it was planted in the twin's log, which is kept.
      name: "kept evidence (--out)",
      paths: [kept],
      plant: () => Promise.resolve(),
      collect: () => keepEvidence(kept),
    },
  ];
}

const POD = { apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: "leak-search" };
const SECRET = { ...POD, kind: "Secret" };
const RELEASE = { ...SECRET, name: "sh.helm.release.v1.leak-search.v1" };
const PLANTED = [POD, SECRET, RELEASE];

function named({ apiVersion, kind, namespace, name }: typeof POD): KubeObject {
  return { apiVersion, kind, metadata: { namespace, name } };
}

function secretWith(canary: string): KubeObject {
  return { ...named(SECRET), type: "Opaque", data: { planted: base64(canary) } };
}

function releaseWith(canary: string): KubeObject {
  const release = gzipSync(JSON.stringify({ values: { planted: canary } })).toString("base64");
  return { ...named(RELEASE), type: "helm.sh/release.v1", data: { release: base64(release) } };
}

/** A pod whose mount fails, with the text in the reason. */
function podWith(canary: string): KubeObject {
  const volumeAttributes = { secretProviderClass: canary };
  const csi = { driver: "secrets-store.csi.k8s.io", readOnly: true, volumeAttributes };
  return {
    ...named(POD),
    spec: {
      containers: [
        {
          name: "planted",
          image: "docker.io/local/pause",
          volumeMounts: [{ name: "planted", mountPath: "/mnt/planted" }],
        },
      ],
      volumes: [{ name: "planted", csi }],
    },
  };
}

/** Resolves when something happens to a pod. */
function entryOf(twin: TwinClient, event: string, pod: string): Promise<void> {
  const late = AbortSignal.timeout(EVENT_TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    late.addEventListener("abort", () => reject(new Error(`The pod ${pod} had no "${event}".`)));
    twin.onEntry((entry) => {
      if (entry.event === event && entry.detail["pod"] === pod) {
        resolve();
      }
    });
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

async function podLogs(directory: string): Promise<string[]> {
  const pods = join(directory, "twin", "pods");
  const names = await readdir(pods, { recursive: true });
  return names.filter((name) => name.endsWith(".log")).map((name) => join(pods, name));
}

/** Files in which the database logs what it is told, and whom it refuses. */
export async function sqlLogs(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, "twin"));
  return names
    .filter((name) => name.startsWith("postgres-") && name.endsWith(".log"))
    .map((name) => join(directory, "twin", name));
}

/** What is done the first time only. */
function once<A extends unknown[]>(
  action: (...args: A) => Promise<void>,
): (...args: A) => Promise<void> {
  let done: Promise<void> | undefined;
  return (...args) => (done ??= action(...args));
}
