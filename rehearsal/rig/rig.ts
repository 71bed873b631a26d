import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { SlotName, Strategy } from "../../components/plan";
import { type RehearsedApplication, SAMPLE } from "./applications";
import {
  askGateway,
  askProduction,
  type GatewayAddress,
  goodAnswer,
  workingRoles,
} from "../clients/checks";
import { deployerRoles } from "./deployerRoles";
import { findEngine, type Engine } from "../engine/engine";
import { makePlatform, OF_NEW_PLATFORMS } from "./existingPlatform";
import { clearTexts, leakPlaces, type Searched, sqlLogs } from "../leaks/places";
import { searchLeaks } from "../leaks/search";
import { type LoadTick, UNKNOWN } from "../clients/loadRecords";
import { type Progress, reporting } from "../progress/reporting";
import { Load, type LoadFigures, type Marker } from "../clients/load";
import { ServingHistory } from "../result/operations";
import { NAMES, OF_TWO_SLOTS, PRODUCTION_HOST, ROLES, VISITOR } from "./stackFile";
import { SHORTENED, TIMING, type Timing, type TimingName } from "./timing";
import { becomeRunner } from "../up/runner";
import { ProcessSampler } from "../leaks/processSampler";
import { chooseProviders, type ProviderChoice, type Providers } from "../engine/providers";
import type { Leak, ProofLine, RehearsalResult, Requests, Served } from "../result/result";
import { SessionSampler } from "../clients/sessions";
import { secondsBetween, sentTo, sessionSeries, type Timeline } from "../result/timeline";
import { TwinClient } from "../../twin/client";
import { temporaryFolder } from "../../twin/world/folder";
import { prepareRecipe, type RecipeName } from "../../twin/kubernetes/kubelet/recipes";
import type { Entry } from "../../twin/world/journal";
import type { KnownCredential } from "../../twin/twin";
import { ROOT } from "../../twin/world/scripts";
import type { DatabaseLogin } from "../../twin/process";
import { Workspace } from "../up/workspace";

export interface RigSettings {
  readonly providers: ProviderChoice;
  /** Default the sample application. */
  readonly application?: RehearsedApplication;
  /** Whether the application's stack makes its platform or finds one. Default new. */
  readonly platform?: PlatformOrigin;
  /** Default blueGreen. */
  readonly strategy?: Strategy | undefined;
  /** Default short. */
  readonly timing?: TimingName | undefined;
  /** Folder that receives logs and evidence; undefined keeps nothing. */
  readonly out?: string;
  /** Whether processes are watched for credentials in what others can read. Default true. */
  readonly watchProcesses?: boolean;
  readonly progress: Progress;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
}

export type PlatformOrigin = "new" | "existing";

/** What a rig consists of. */
interface Parts {
  readonly directory: string;
  readonly settings: RigSettings;
  readonly engine: Engine;
  readonly twin: TwinClient;
  readonly workspace: Workspace;
  /** Environment of the engine, for any stack on this twin. */
  readonly variables: Readonly<Record<string, string>>;
  readonly providers: Providers;
  /** Certificate of the authority behind the gateway, PEM. */
  readonly authority: string;
  /** Object id of whoever runs `pulumi up`. */
  readonly deployerId: string;
  readonly leaveRunner: () => void;
}

/**
 * What a rehearsal runs on: engine, twin, workspace, load, and the search for leaks. Everything it
 * writes is in one temporary folder, which `close` removes.
 */
export class Rig {
  readonly engine: Engine;
  readonly twin: TwinClient;
  readonly workspace: Workspace;
  readonly providers: Providers;
  readonly serving = new ServingHistory();
  readonly evidence: ProofLine[] = [];
  private readonly sampler = new ProcessSampler();
  private readonly sessions = new SessionSampler(() => this.superuser(), ROLES);
  /** Slots whose credential pods hold, by pod. */
  private readonly pods = new Map<string, string>();
  private readonly startedAt = Date.now();
  private strategy: Strategy;
  private runningLoad: Load | undefined;
  private gateway: GatewayAddress | undefined;
  private total = { sent: 0, failed: 0 };
  /** Ids, in small letters, of what was in Azure before the application's stack. */
  private others: ReadonlySet<string> | undefined;
  private readonly writes: string[] = [];

  private constructor(private readonly parts: Parts) {
    this.engine = parts.engine;
    this.twin = parts.twin;
    this.workspace = parts.workspace;
    this.providers = parts.providers;
    this.strategy = parts.settings.strategy ?? "blueGreen";
    this.twin.onEntry((entry) => this.note(entry));
    if (parts.settings.watchProcesses ?? true) {
      this.sampler.start();
    }
  }

  /**
   * Starts the twin while the engine is looked for: a machine that has no room for a twin is found
   * out before an engine is built on it.
   */
  static async start(settings: RigSettings): Promise<Rig> {
    const { application = SAMPLE, progress, signal } = settings;
    const { strategy = "blueGreen", timing = "short" } = settings;
    if (application.recipe !== undefined) {
      await prepared(application.recipe, progress);
    }
    const directory = await temporaryFolder("rehearsal-");
    const twinDirectory = join(directory, "twin");
    await mkdir(twinDirectory);
    const gaveUp = new AbortController();
    const finding = findEngine({ progress, signal: AbortSignal.any([signal, gaveUp.signal]) });
    const twin = TwinClient.fork();
    let leaveRunner = (): void => undefined;
    try {
      const starting = twin.call("start", {
        directory: twinDirectory,
        root: ROOT,
        gatewaySeconds: TIMING[timing].gatewaySeconds,
        loginSeconds: TIMING[timing].loginSeconds,
      });
      const [engine, { authority, deployerId, ports, variables }] = await Promise.all([
        finding,
        starting,
      ]);
      await twin.call("assign", deployerRoles(deployerId));
      signal.throwIfAborted();
      const providers = await chooseProviders(settings.providers, engine, progress);
      const attached = Object.entries(ports).filter(([name]) => providers[name] !== "official");
      leaveRunner = becomeRunner(variables, authority);
      const engineVariables = {
        ...variables,
        PULUMI_DEBUG_PROVIDERS: attached.map(([name, port]) => `${name}:${port}`).join(","),
      };
      const workspace = await Workspace.create({
        directory,
        engine,
        signal,
        variables: engineVariables,
      });
      await workspace.setAll(application.settings);
      if (strategy !== "blueGreen") {
        await workspace.set("rotation:strategy", strategy);
        // Pods may take a minute to end, besides their preStop.
        await workspace.set("rotation:drainSeconds", "120");
        await workspace.removeAll(OF_TWO_SLOTS);
      }
      if (TIMING[timing].hasDefaults) {
        for (const key of SHORTENED) {
          await workspace.set(key, undefined);
        }
      }
      return new Rig({
        directory,
        settings,
        engine,
        twin,
        workspace,
        variables: engineVariables,
        providers,
        authority,
        deployerId,
        leaveRunner,
      });
    } catch (error) {
      gaveUp.abort();
      leaveRunner();
      await finding.catch(() => undefined);
      await twin.stop();
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get application(): RehearsedApplication {
    return this.parts.settings.application ?? SAMPLE;
  }

  /** Whether the application's stack finds its platform. */
  get findsPlatform(): boolean {
    return this.parts.settings.platform === "existing";
  }

  /** What was written in Azure since a platform was made, of what was there by then: `updated <id>`. */
  get foreignWrites(): readonly string[] {
    return this.writes;
  }

  /** Production has another strategy from now on. */
  serves(strategy: Strategy): void {
    this.strategy = strategy;
  }

  /** Whether the pods of both slots are of one release. */
  get hasOneRelease(): boolean {
    return this.strategy !== "blueGreen";
  }

  get timing(): Timing {
    return TIMING[this.parts.settings.timing ?? "short"];
  }

  /** Object id of whoever runs `pulumi up`. */
  get deployerId(): string {
    return this.parts.deployerId;
  }

  private get address(): GatewayAddress {
    if (this.gateway === undefined) {
      throw new Error("The gateway's address is known when the load begins.");
    }
    return this.gateway;
  }

  get load(): Load {
    if (this.runningLoad === undefined) {
      throw new Error("There is no load yet.");
    }
    return this.runningLoad;
  }

  /**
   * Makes a platform in a stack of its own, and names it in the configuration of the application's.
   *
   * @returns the gateway's address
   */
  async makePlatform(): Promise<string> {
    const { directory, engine, settings, variables, workspace } = this.parts;
    const { keys, gatewayAddress } = await makePlatform({
      directory: join(directory, "platform"),
      engine,
      signal: settings.signal,
      variables,
    });
    await workspace.removeAll(OF_NEW_PLATFORMS);
    await workspace.setAll(keys);
    const ids = await this.twin.call("azureResources");
    this.others = new Set(ids.map((id) => id.toLowerCase()));
    this.gateway = { address: gatewayAddress, authority: this.parts.authority };
    return gatewayAddress;
  }

  /** @param isLong whether there are slow requests and streams of events besides, where it has them */
  async startLoad(address: string, rate: number, isLong = false): Promise<Load> {
    this.gateway = { address, authority: this.parts.authority };
    const onTheWay = {
      gateway: this.twin.pid,
      database: await this.twin.call("databaseProcess"),
    };
    this.runningLoad = await Load.start({
      ...this.gateway,
      host: PRODUCTION_HOST,
      rate,
      onTheWay,
      describes: this.application.describes,
      isLong: isLong && this.application.hasLong,
    });
    this.sessions.start();
    return this.runningLoad;
  }

  /** What went on between two moments of the load. */
  async timeline(from: Marker, to: Marker): Promise<Timeline> {
    const load = await this.load.perSecond(from, to);
    const serving = this.serving
      .between(from.at, to.at)
      .map(({ at, slot }) => ({ second: secondsBetween(from.at, at), slot }));
    return {
      startedAt: from.at,
      load: this.application.describes
        ? load
        : { ...load, answered: sentTo(load.answered[UNKNOWN] ?? [], serving) },
      sessions: sessionSeries(this.sessions.samples, ROLES, from.at, to.at),
      serving,
    };
  }

  /** How the load stands, for a progress display; undefined while there is none. */
  figures(): LoadTick | undefined {
    if (this.runningLoad === undefined) {
      return undefined;
    }
    const { rate, bySlot, sent, failed } = this.runningLoad.window();
    this.total = { sent: this.total.sent + sent, failed: this.total.failed + failed };
    return { rate, answers: this.serving.attributed(bySlot, Date.now()), ...this.total };
  }

  /**
   * What the gateway answers, to a visitor of the stage hosts by default; it is known since the load
   * began, or its platform was made.
   */
  ask(host: string, from = VISITOR): Promise<{ status: number; body: string }> {
    return askGateway(this.address, host, from);
  }

  /** Who serves production right now. */
  async production(): Promise<Served> {
    if (this.application.describes) {
      return { by: "answer", ...(await askProduction(this.address, PRODUCTION_HOST)) };
    }
    const roles = await workingRoles(await this.superuser(), ROLES, () =>
      goodAnswer(this.address, PRODUCTION_HOST),
    );
    const slot = this.serving.at(Date.now()) ?? "";
    return { by: "gateway", slot, sessionUser: roles.join(", ") };
  }

  /** An empty result of what runs on this rig. */
  result(kind: RehearsalResult["kind"]): RehearsalResult {
    return {
      ok: false,
      kind,
      application: this.application.name,
      delivery: this.application.delivery,
      strategy: this.strategy,
      proofs: {},
      engine: { version: this.engine.version, source: this.engine.source },
      providers: this.providers,
      rate: { perSecond: 0, tried: [] },
      requests: {
        sent: 0,
        unsent: 0,
        failed: 0,
        unjudged: 0,
        p50Ms: 0,
        p99Ms: 0,
        reasons: {},
        byKind: {},
      },
      behind: 0,
      rotations: [],
      evidence: this.evidence,
      leaks: [],
      leakSearch: [],
      problems: [],
      cannotJudge: [],
    };
  }

  superuser(): Promise<DatabaseLogin> {
    return this.twin.call("superuser");
  }

  /** The newest version of a slot's vault secret. */
  slotCredential(slot: SlotName): Promise<KnownCredential> {
    return this.credential(NAMES.slot(slot).secret);
  }

  /** The newest version of a vault secret. */
  async credential(secretName: string): Promise<KnownCredential> {
    const all = await this.twin.call("credentials");
    const found = all.filter((each) => each.secretName === secretName).at(-1);
    if (found === undefined) {
      throw new Error(`The vault has no credential ${secretName}.`);
    }
    return found;
  }

  /** What the database has logged. */
  async sqlLog(): Promise<string> {
    const files = await sqlLogs(this.parts.directory);
    return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("");
  }

  /**
   * Plants a text in every place, then looks for every credential in all of them.
   *
   * @param isBroken whether an `up` fails by now
   */
  async searchLeaks(
    result: unknown,
    isBroken = false,
  ): Promise<{ leaks: Leak[]; leakSearch: RehearsalResult["leakSearch"] }> {
    const { directory, workspace, twin } = this.parts;
    const { sampler, startedAt } = this;
    const searched: Searched = {
      directory,
      startedAt,
      workspace,
      twin,
      sampler,
      isBroken,
      results: { result, seen: this.evidence },
      keepEvidence: (folder) => this.writeEvidence(folder),
    };
    // Another one each time: what an earlier search planted is still there.
    const canary = `canary-${randomBytes(16).toString("hex")}`;
    const places = await leakPlaces(searched);
    for (const place of places) {
      await place.plant(canary);
    }
    for (const place of places) {
      await place.collect?.();
    }
    return searchLeaks(places, await clearTexts(searched), canary);
  }

  /** Keeps logs and evidence where the user wants them; secrets are in none of them. */
  async keepEvidence(): Promise<void> {
    const { out } = this.parts.settings;
    if (out !== undefined) {
      await this.writeEvidence(out);
    }
  }

  private async writeEvidence(out: string): Promise<void> {
    await mkdir(out, { recursive: true });
    const kept = { "engine.log": this.workspace.logFile, "twin.log": this.twinFile("journal.log") };
    for (const [name, file] of Object.entries(kept)) {
      await cp(file, join(out, name));
    }
    if (existsSync(this.twinFile("pods"))) {
      await cp(this.twinFile("pods"), join(out, "pods"), {
        recursive: true,
        // What pods mount is in clear.
        filter: (source) => basename(source) !== "volumes",
      });
    }
    await writeFile(join(out, "evidence.json"), JSON.stringify(this.evidence, undefined, 2));
  }

  async close(): Promise<void> {
    this.sampler.stop();
    await this.runningLoad?.stop();
    await this.sessions.stop();
    await this.workspace.close();
    this.parts.leaveRunner();
    await this.twin.stop();
    await rm(this.parts.directory, { recursive: true, force: true });
  }

  private twinFile(name: string): string {
    return join(this.parts.directory, "twin", name);
  }

  /** With one release each credential serves that a pod of it holds, until the last one is gone. */
  private notePod({ at, event, detail }: Entry): void {
    const { pod, slot } = detail as { pod?: string; slot?: string };
    if (pod !== undefined && slot !== undefined && ["pod scheduled", "pod gone"].includes(event)) {
      if (event === "pod gone") {
        this.pods.delete(pod);
      } else {
        this.pods.set(pod, slot);
      }
      if (this.hasOneRelease) {
        this.serving.record(at, ...new Set(this.pods.values()));
      }
    }
  }

  private note({ at, source, event, detail }: Entry): void {
    this.notePod({ at, source, event, detail });
    if (!this.hasOneRelease && source === "gateway" && event === "configuration in force") {
      const routes = detail["routes"] as string[];
      const production = routes.find((route) => route.startsWith(`${PRODUCTION_HOST} -> `));
      const slot = /-(blue|green)-/.exec(production ?? "")?.[1];
      if (slot !== undefined) {
        this.serving.record(at, slot);
      }
    }
    if (source === "azure-native" && this.others?.has(String(detail["id"]).toLowerCase())) {
      this.writes.push(`${event} ${String(detail["id"])}`);
    }
    if (event === "job finished" && detail["evidence"]) {
      this.evidence.push({ at, ...(detail["evidence"] as Record<string, unknown>) });
    }
  }
}

/** @throws Error with what is missing on this machine */
function prepared(recipe: RecipeName, progress: Progress): Promise<void> {
  const line = (elapsed: string) => `installing the recipe ${recipe}, ${elapsed}`;
  return reporting(progress, line, prepareRecipe(recipe));
}

export function requestsOf(figures: LoadFigures): Requests {
  const { sent, unsent, failed, unjudged, p50Ms, p99Ms, reasons, byKind } = figures;
  return { sent, unsent, failed, unjudged, p50Ms, p99Ms, reasons, byKind };
}
