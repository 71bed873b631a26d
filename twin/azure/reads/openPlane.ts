import { type Answer, AUDIENCES, type Plane } from "./answer";

/**
 * What needs no token: where the cloud's endpoints are, and an endpoint of events that answers the
 * handshake of Event Grid.
 *
 * @returns undefined for everything else
 */
export function openAnswer(plane: Plane, method: string, url: URL): Answer | undefined {
  if (method === "OPTIONS") {
    const { status, allowedOrigin } = plane.situation.handshake;
    return allowedOrigin === undefined
      ? { status }
      : { status, headers: { "webhook-allowed-origin": allowedOrigin } };
  }
  if (method !== "GET" || url.pathname !== "/metadata/endpoints") {
    return undefined;
  }
  const body = {
    name: "Twin",
    resourceManager: `https://${plane.address}/`,
    microsoftGraphResourceId: `https://${plane.address}/`,
    authentication: {
      loginEndpoint: "https://login.microsoftonline.com/",
      audiences: [`${AUDIENCES.resourceManager}/`],
      tenant: plane.cloud.tenantId,
    },
  };
  return { status: 200, body };
}
