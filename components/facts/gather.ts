import { hasOneRelease, ownSlotShapes, type SlotShape, type SlotShapes } from "../chart";
import { ingressOf, namesOf, SERVER_DATABASE, type SlotName, slotRights, SLOTS } from "../plan";
import {
  type AnswerFacts,
  currentSecret,
  type Facts,
  type HostName,
  type LoginFacts,
  type Place,
  type ReleaseFacts,
  type RoleFacts,
  type SecretFacts,
  type SlotFacts,
  type Unseen,
} from "./facts";
import type { Legacy } from "./handChange";
import { unknownName } from "./unknownName";

export interface VaultSource {
  /** Versions of a secret, newest first; empty when there is no such secret. */
  versions(secretName: string): Promise<SecretFacts[]>;
  /** @param version the newest one if not given */
  value(secretName: string, version?: string): Promise<string>;
}

export interface DatabaseSource {
  /**
   * Logs in afresh.
   *
   * @param credential with the database to log in to, where it is not the application's
   * @param group the role that the others have their rights of
   * @returns SQLSTATE of the refusal, or empty and what the session sees of these roles, if it lives
   * @throws Error when the server did not decide
   */
  login(
    credential: { user: string; password: string; database?: string },
    roles: readonly string[],
    group: string,
  ): Promise<{ sqlstate: string; roles?: ReadonlyMap<string, RoleFacts> }>;
}

export interface ClusterSource {
  /**
   * A slot's release; undefined if its Deployment does not exist.
   *
   * @param credential what the names of its Secrets or SecretProviderClasses begin with
   */
  release(objects: SlotShape, credential: string): Promise<ReleaseFacts | undefined>;
  /**
   * How many pods read a slot's credential, or still do while they end.
   *
   * @param credential as above
   */
  holders(credential: string): Promise<number>;
  /** Service that each host of an Ingress leads to; empty when there is none of this name. */
  routes(ingress: string): Promise<Partial<Record<HostName, string>>>;
}

export interface GatewaySource {
  production(): Promise<AnswerFacts>;
}

/** A throttling vault is retried for some seconds. */
const ANSWER_MS = 20_000;

/** Where facts come from; a place with unknown access has a reason instead. */
export interface Sources {
  readonly vault: VaultSource | string;
  readonly database: DatabaseSource | string;
  readonly cluster: ClusterSource | string;
  readonly gateway: GatewaySource | string;
}

/** What more is known of a stack that facts are about. */
export interface Gathered {
  /** @default those of charts/app */
  readonly objects?: SlotShapes | undefined;
  /**
   * Name of the Ingress.
   * @default its own
   */
  readonly ingress?: string | undefined;
  /** @default nothing is taken over */
  readonly legacy?: Legacy | undefined;
}

/** Reads every source; what cannot be read is part of the result, not an error. */
export async function gatherFacts(
  sources: Sources,
  application: string,
  { objects = ownSlotShapes(application), ingress, legacy }: Gathered = {},
): Promise<Facts> {
  const names = namesOf(application);
  const unseen: Unseen[] = [];
  const ask = async <S, T>(
    place: Place,
    source: S | string,
    question: (source: S) => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      if (typeof source === "string") {
        throw new Error(source);
      }
      return await inTime(question(source));
    } catch (error) {
      const why = reasonOf(error);
      if (!unseen.some((other) => other.place === place && other.why === why)) {
        unseen.push({ place, why });
      }
      return undefined;
    }
  };
  const [logins, releases, routes, production] = await Promise.all([
    vaultAndDatabase(sources, { application, legacy }, ask),
    ask("cluster", sources.cluster, async (cluster) => ({
      blue: await releaseOf(cluster, objects, "blue", names.slot("blue").secret),
      green: await releaseOf(cluster, objects, "green", names.slot("green").secret),
    })),
    ask("cluster", sources.cluster, (cluster) =>
      cluster.routes(ingressOf({ application, ingress })),
    ),
    ask("gateway", sources.gateway, (gateway) => gateway.production()),
  ]);
  const factsOf = (slot: SlotName): SlotFacts => ({
    ...logins[slot],
    ...(releases && seenOf(releases[slot], logins[slot].secrets)),
  });
  return {
    slots: { blue: factsOf("blue"), green: factsOf("green") },
    ...optional("legacy", logins.legacy),
    ...optional("routes", routes),
    ...optional("production", production),
    unseen,
  };
}

/** What the cluster has of a slot. */
type Seen = Pick<SlotFacts, "holders" | "release">;

/** Where both slots have one release, it is that of the slot whose credential its pods are to hold. */
async function releaseOf(
  cluster: ClusterSource,
  objects: SlotShapes,
  slot: SlotName,
  credential: string,
): Promise<Seen> {
  const release = (await cluster.release(objects[slot], credential)) ?? null;
  if (!hasOneRelease(objects)) {
    return { release };
  }
  const isOthers = release?.pinned === "";
  return { holders: await cluster.holders(credential), ...(!isOthers && { release }) };
}

function seenOf({ holders, release }: Seen, secrets: readonly SecretFacts[] | undefined): Seen {
  return {
    ...optional("holders", holders),
    ...(release !== undefined && { release: pinnedTo(release, secrets) }),
  };
}

/**
 * A release with the whole version that it is pinned to, and that one's generation: its pods name
 * only the beginning of it.
 */
function pinnedTo(
  release: ReleaseFacts | null,
  secrets: readonly SecretFacts[] = [],
): ReleaseFacts | null {
  if (!release || release.pinned === "") {
    return release;
  }
  const secret = secrets.find(({ version }) => version.startsWith(release.pinned));
  return secret === undefined
    ? release
    : {
        ...release,
        pinned: secret.version,
        ...optional("generation", secret.generation),
      };
}

type Ask = <S, T>(
  place: Place,
  source: S | string,
  question: (source: S) => Promise<T>,
) => Promise<T | undefined>;

interface Login {
  readonly role: string;
  readonly secret: string;
  /** The database to log in to; undefined for the application's. */
  readonly elsewhere?: string | undefined;
}

/**
 * Versions, a real login per slot, and what a session that came of it sees of both roles. The
 * rotator's login is for the case that neither slot's role can log in.
 */
async function vaultAndDatabase(
  { vault, database }: Sources,
  { application, legacy }: Pick<Gathered, "legacy"> & { readonly application: string },
  ask: Ask,
): Promise<Record<SlotName, SlotFacts> & Pick<Facts, "legacy">> {
  const names = namesOf(application);
  const { group } = slotRights({ application, adopted: legacy });
  const asked = [
    ...SLOTS.map((slot) => names.slot(slot).role),
    ...(legacy === undefined ? [] : [legacy.role]),
  ];
  let roles: ReadonlyMap<string, RoleFacts> | undefined;
  const tryLogin = async ({ role, secret, elsewhere }: Login) => {
    const versions = await ask("vault", vault, (source) => source.versions(secret));
    const newest = versions && currentSecret(versions)?.version;
    const password =
      newest === undefined
        ? undefined
        : await ask("vault", vault, (source) => source.value(secret, newest));
    const attempt =
      password === undefined
        ? undefined
        : await ask("database", database, (source) =>
            source.login(
              { user: role, password, ...(elsewhere && { database: elsewhere }) },
              asked,
              group,
            ),
          );
    roles ??= attempt?.roles;
    const login: LoginFacts | undefined =
      attempt && newest !== undefined ? { version: newest, sqlstate: attempt.sqlstate } : undefined;
    return { versions, login };
  };
  const [blue, green] = await Promise.all(SLOTS.map((slot) => tryLogin(names.slot(slot))));
  if (roles === undefined) {
    await tryLogin({
      role: names.rotator,
      secret: names.secrets.rotator,
      elsewhere: legacy && SERVER_DATABASE,
    });
  }
  const factsOf = (slot: SlotName, seen: typeof blue): SlotFacts => ({
    ...optional("role", roles && (roles.get(names.slot(slot).role) ?? null)),
    ...optional("secrets", seen?.versions),
    ...optional("login", seen?.login),
  });
  return {
    blue: factsOf("blue", blue),
    green: factsOf("green", green),
    ...(legacy !== undefined && optional("legacy", roles && (roles.get(legacy.role) ?? null))),
  };
}

/** An answer within the time that one can wait in an emergency. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)),
    ANSWER_MS,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: T });
}

/** What an error means, else its first line: what follows is headers and bodies. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return unknownName(text) ?? text.split("\n")[0]!.trim();
}
