import {
  type Agent,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  isRestError,
} from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";

/** Somebody who was asked has not answered. */
export class NotReached extends Error {
  constructor(
    message: string,
    /** The command that shows why, or helps. */
    readonly help: string,
  ) {
    super(message);
  }
}

/** What Azure says is wrong; details say more than what holds them. */
export interface Problem {
  /** e.g. `AuthorizationFailed`. */
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly Problem[];
}

/** An answer that is a refusal. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    const { code, message = "without a word" } = problem;
    const [line = ""] = message.split("\n");
    super(`refused with ${[status, code].filter(Boolean).join(" ")}: ${line.trim()}`);
  }
}

export interface Question {
  readonly url: string;
  /** @default GET */
  readonly method?: "GET" | "HEAD" | "OPTIONS" | "POST";
  /** Whom the token is for, as `https://vault.azure.net`; without it nobody logs in. */
  readonly audience?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** @param name of a header */
  header(name: string): string | undefined;
  readonly text: string;
}

/** Longest that one answer may take. */
const TIMEOUT_MS = 30_000;

/** Attempts after the first: throttling, and answers that begin with 5, pass. */
const RETRIES = 2;

/** Asks by HTTPS, with the parts that Microsoft's own clients are made of. */
export class Web {
  private readonly client = createDefaultHttpClient();
  private readonly pipeline;

  /** @param agent another way to reach servers than the system's, e.g. other names for addresses */
  constructor(
    private readonly login: TokenCredential,
    agent?: Agent,
  ) {
    this.pipeline = createPipelineFromOptions({
      retryOptions: { maxRetries: RETRIES },
      // A redirect of a registry leads to a store that must not see the token.
      redirectOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: "rotation-preflight" },
      ...(agent && { agent }),
    });
  }

  /** @throws NotReached when there is no answer, or nobody is logged in for one */
  async ask({ url, method = "GET", audience, headers = {}, body }: Question): Promise<Answer> {
    const request = createPipelineRequest({
      url,
      method,
      timeout: TIMEOUT_MS,
      headers: createHttpHeaders({
        ...(audience !== undefined && { authorization: `Bearer ${await this.token(audience)}` }),
        ...headers,
      }),
      ...(body !== undefined && { body }),
    });
    try {
      const response = await this.pipeline.sendRequest(this.client, request);
      return {
        status: response.status,
        header: (name) => response.headers.get(name),
        text: response.bodyAsText ?? "",
      };
    } catch (error) {
      if (isRestError(error) || (error as Error).name === "AbortError") {
        const { code, message } = error as { code?: string; message: string };
        const { host, origin } = new URL(url);
        const why = `${host} could not be reached: ${code ?? message}`;
        throw new NotReached(
          why,
          code === "ENOTFOUND"
            ? `nslookup ${host}   # a private zone answers only networks that are linked to it`
            : `curl --head ${origin}/   # from here, where \`pulumi up\` is to run`,
        );
      }
      throw error;
    }
  }

  /**
   * A token of whoever is logged in.
   *
   * @throws NotReached when there is none
   */
  async token(audience: string): Promise<string> {
    try {
      return (await this.login.getToken(`${audience}/.default`))?.token ?? "";
    } catch (error) {
      const [line = ""] = (error as Error).message.split("\n");
      throw new NotReached(`nobody is logged in to Azure for ${audience}: ${line}`, "az login");
    }
  }
}
