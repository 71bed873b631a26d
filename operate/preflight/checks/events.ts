import { type Check, READER } from "../asking";
import { okUnless, wrong } from "../finding";
import { textAt } from "../planned";

/** Who Event Grid says it is. */
const ORIGIN = "eventgrid.azure.net";

/**
 * The endpoint that gets the vault's events: `pulumi up` fails unless it answers the handshake
 * ("Endpoint validation with CloudEvents schema").
 */
export const eventEndpoint: Check = {
  what: "event endpoint",
  role: READER,
  async ask({ planned, web }) {
    const urls = planned
      .all("eventgrid:SystemTopicEventSubscription")
      .map(({ inputs }) => textAt(inputs, "destination", "endpointUrl"))
      .filter((url) => url !== "");
    const findings = urls.map(async (url) => {
      const headers = { "webhook-request-origin": ORIGIN };
      const answer = await web.ask({ url, method: "OPTIONS", headers });
      const allowed = answer.header("webhook-allowed-origin") ?? "";
      const isRight = answer.status === 200 && ["*", ORIGIN].includes(allowed);
      const why =
        answer.status === 200
          ? `${url} answers the handshake of Event Grid without WebHook-Allowed-Origin: ${ORIGIN}`
          : `${url} answers the handshake of Event Grid with ${answer.status}`;
      return okUnless(
        isRight
          ? []
          : [
              wrong(
                "event endpoint",
                why,
                `curl --include --request OPTIONS --header 'WebHook-Request-Origin: ${ORIGIN}' '${url}'`,
                "pulumi config rm rotation:eventEndpoint   # no events until it answers",
              ),
            ],
        "event endpoint",
        `${url} answers the handshake of Event Grid`,
      );
    });
    return (await Promise.all(findings)).flat();
  },
};
