import * as http from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import * as https from "node:https";

const ANSWER_MS = 5_000;
const MOST_BYTES = 16 * 1024 * 1024;
/** A firewall's default rules hold a request without these two against the client (CRS 920300, 920320). */
const CLIENT = { accept: "application/json", "user-agent": "rotation-proof/1.0" };

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Request {
  /** @default "GET" */
  readonly method?: "GET" | "PATCH";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Authorities to trust in place of the public ones, PEM. */
  readonly authorities?: string;
}

/**
 * One request on a connection of its own, so that no earlier answer's connection can stand in for a
 * new one. Over TLS it names the host of the `host` header, else that of the URL, and takes only a
 * certificate for that name. Rejects when there is no complete answer in 5 s.
 */
export function ask(
  url: URL,
  { method = "GET", headers = {}, body, authorities }: Request = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const secure = url.protocol === "https:";
  const request = (secure ? https : http).request(
    url,
    {
      method,
      agent: false,
      headers: { ...CLIENT, ...headers },
      signal: AbortSignal.timeout(ANSWER_MS),
      // Further authorities come from NODE_EXTRA_CA_CERTS; no variable makes it verify less.
      ...(secure && { rejectUnauthorized: true }),
      ...(secure && headers.host !== undefined && { servername: headers.host }),
      ...(authorities !== undefined && { ca: authorities }),
    },
    (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) {
          request.destroy(new Error(`an answer of more than ${MOST_BYTES} bytes`));
        }
        chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    },
  );
  request.on("error", reject);
  request.end(body);
  return promise;
}
