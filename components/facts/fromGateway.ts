import https from "node:https";
import { type AnswerFacts } from "./facts";
import { type GatewaySource } from "./gather";
import { proxies } from "./proxy";

const ANSWER_MS = 5_000;
const MOST_BYTES = 64 * 1024;

/** The production address, requested over verified TLS on a fresh connection. */
export function gatewaySource(address: string, host: string): GatewaySource {
  return { production: () => ask(address, host) };
}

function ask(address: string, host: string): Promise<AnswerFacts> {
  const { promise, resolve, reject } = Promise.withResolvers<AnswerFacts>();
  const request = https.get(
    {
      host: address,
      servername: host,
      // A firewall's default rules hold a request without the last two against the client.
      headers: { host, accept: "application/json", "user-agent": "rotation-status/1.0" },
      agent: new https.Agent({ proxyEnv: proxies() }),
      signal: AbortSignal.timeout(ANSWER_MS),
      rejectUnauthorized: true,
    },
    (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        body += part;
        if (body.length > MOST_BYTES) {
          request.destroy(new Error(`${host} answered with more than ${MOST_BYTES} bytes`));
        }
      });
      response.on("error", reject);
      response.on("end", () => resolve(factsOf(response.statusCode ?? 0, body)));
    },
  );
  request.on("error", reject);
  return promise;
}

function factsOf(status: number, body: string): AnswerFacts {
  let said: Record<string, unknown> = {};
  try {
    said = Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    // An error page of the gateway, not an answer of the application.
  }
  const { slot, generation, secretVersion } = said;
  return {
    status,
    ...(typeof slot === "string" && { slot }),
    ...(typeof generation === "number" && { generation }),
    ...(typeof secretVersion === "string" && { secretVersion }),
  };
}
