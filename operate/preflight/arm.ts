import { setTimeout as delay } from "node:timers/promises";
import { type Answer, NotReached, type Question, Refusal, type Web } from "./web";

type Body = Readonly<Record<string, unknown>>;

/** Where a cloud of Azure is. */
export interface CloudAddresses {
  readonly resourceManager: string;
  /** Whom tokens for Resource Manager are for. */
  readonly audience: string;
  readonly graph: string;
}

const PUBLIC: CloudAddresses = {
  resourceManager: "https://management.azure.com",
  audience: "https://management.azure.com",
  graph: "https://graph.microsoft.com",
};

/** Longest that Resource Manager may work on one question, as on a what-if. */
const PATIENCE_MS = 10 * 60_000;

/**
 * The cloud that the environment chooses, as azure-native does: the public one, or that of a
 * metadata service.
 *
 * @param host ARM_METADATA_HOSTNAME
 */
export async function cloudAddresses(web: Web, host: string | undefined): Promise<CloudAddresses> {
  if (!host) {
    return PUBLIC;
  }
  const url = `https://${host}/metadata/endpoints?api-version=2022-09-01`;
  const said = await answered(web, { url });
  const { audiences } = said["authentication"] as { audiences: string[] };
  const address = (value: unknown) => String(value).replace(/\/$/, "");
  return {
    resourceManager: address(said["resourceManager"]),
    audience: address(audiences[0]),
    graph: address(said["microsoftGraphResourceId"]),
  };
}

/** Azure Resource Manager; asks everything once, and changes nothing. */
export class Arm {
  private readonly asked = new Map<string, Promise<Body>>();

  constructor(
    private readonly web: Web,
    private readonly cloud: CloudAddresses,
  ) {}

  /** @throws Refusal, also when it is not there */
  get(path: string, apiVersion: string, query: Readonly<Record<string, string>> = {}) {
    return this.once(this.question(path, apiVersion, query));
  }

  /** Undefined when it is not there. */
  async find(path: string, apiVersion: string): Promise<Body | undefined> {
    try {
      return await this.get(path, apiVersion);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /** All pages of a list. */
  async list<T>(
    path: string,
    apiVersion: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<T[]> {
    const found: T[] = [];
    let next: Question | undefined = this.question(path, apiVersion, query);
    while (next !== undefined) {
      const page = await this.once(next);
      found.push(...(page["value"] as T[]));
      const link = page["nextLink"] as string | null | undefined;
      next = link ? { url: link, audience: this.cloud.audience } : undefined;
    }
    return found;
  }

  /** A question that needs a body; waits for an answer that takes its time. */
  async post(path: string, apiVersion: string, body: unknown): Promise<Body> {
    const first = await this.web.ask({
      ...this.question(path, apiVersion, {}),
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const end = Date.now() + PATIENCE_MS;
    let answer = first;
    while (answer.status === 202) {
      const url = first.header("location") ?? "";
      if (Date.now() > end) {
        const why = `no answer to ${path} in ${PATIENCE_MS / 60_000} minutes`;
        throw new NotReached(why, `az rest --method get --url '${url}'`);
      }
      await delay(1000 * Number(answer.header("retry-after") ?? "1"));
      answer = await this.web.ask({ url, audience: this.cloud.audience });
    }
    return bodyOf(answer);
  }

  private once(question: Question): Promise<Body> {
    const answer = this.asked.get(question.url) ?? answered(this.web, question);
    this.asked.set(question.url, answer);
    return answer;
  }

  private question(path: string, apiVersion: string, query: Readonly<Record<string, string>>) {
    const url = new URL(path, this.cloud.resourceManager);
    url.searchParams.set("api-version", apiVersion);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, value);
    }
    return { url: url.href, audience: this.cloud.audience };
  }
}

/** An answer in JSON. */
export async function answered(web: Web, question: Question): Promise<Body> {
  return bodyOf(await web.ask(question));
}

function bodyOf({ status, text }: Answer): Body {
  const body = parsed(text);
  if (status >= 300) {
    throw new Refusal(status, body["error"] ?? {});
  }
  return body;
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}
