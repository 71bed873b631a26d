import type { RequestOptions } from "node:https";
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
} from "@azure/core-rest-pipeline";

/** An API server, and who asks it. */
export interface ClusterLogin {
  /** Its address, without a path at the end. */
  readonly server: string;
  /** How a request gets there and says who sends it, asked once for each. */
  readonly options: () => Promise<RequestOptions>;
}

/** Objects of a kind: every one that is at a path of the API, such as `/apis/apps/v1/deployments`. */
export type ClusterLists = <T>(path: string) => Promise<readonly T[]>;

/** What is read of a cluster. */
export interface ClusterReads {
  readonly list: ClusterLists;
  /** The object at a path; undefined if there is none. */
  readonly object: <T>(path: string) => Promise<T | undefined>;
}

/** An answer that is none of what was asked for. */
export class ClusterRefusal extends Error {
  /** @param statusCode of HTTP, e.g. 403 */
  constructor(
    message: string,
    readonly statusCode: number,
  ) {
    super(message);
  }
}

/** Lists are short, and an API server answers at once or not at all. */
const ANSWER_MS = 15_000;

interface Answer {
  readonly status: number;
  readonly body: { items?: readonly unknown[]; message?: string };
}

/**
 * Lists of a cluster, each asked for once. With the HTTP client that the vault's client brings along:
 * the official one for clusters takes a tenth of a rotation's preview to load its 900 models.
 */
export function clusterLists(login: ClusterLogin): ClusterLists {
  return clusterReads(login).list;
}

/** Lists and single objects of a cluster, each asked for once. */
export function clusterReads(login: ClusterLogin): ClusterReads {
  const asked = new Map<string, Promise<Answer>>();
  const ask = (path: string): Promise<Answer> => {
    const answer = asked.get(path) ?? askCluster(login, path);
    asked.set(path, answer);
    return answer;
  };
  return {
    async list<T>(path: string) {
      const answer = await ask(path);
      if (answer.status !== 200 || answer.body.items === undefined) {
        throw refusal(path, answer);
      }
      return answer.body.items as readonly T[];
    },
    async object<T>(path: string) {
      const answer = await ask(path);
      if (answer.status === 404) {
        return undefined;
      }
      if (answer.status !== 200) {
        throw refusal(path, answer);
      }
      return answer.body as T;
    },
  };
}

async function askCluster({ server, options }: ClusterLogin, path: string): Promise<Answer> {
  const { headers, ...overrides } = await options();
  const { status, bodyAsText } = await createDefaultHttpClient().sendRequest(
    createPipelineRequest({
      url: `${server.replace(/\/$/, "")}${path}`,
      headers: createHttpHeaders({
        ...(headers as Record<string, string> | undefined),
        accept: "application/json",
        "user-agent": "rotation-status/1.0",
      }),
      timeout: ANSWER_MS,
      // Whoever names a kubeconfig may mean `kubectl proxy`; a login to Azure is for https.
      allowInsecureConnection: true,
      requestOverrides: { ...overrides },
    }),
  );
  return { status, body: parsed(bodyAsText) };
}

function refusal(path: string, { status, body: { message } }: Answer): ClusterRefusal {
  return new ClusterRefusal(
    `${path} was answered with ${status}${message ? `: ${message}` : ""}`,
    status,
  );
}

/** A list, an object, or a `Status` that says what is wrong. */
function parsed(text: string | null | undefined): Answer["body"] {
  try {
    return Object(JSON.parse(text ?? "")) as Answer["body"];
  } catch {
    return {};
  }
}
