import { type Answer, AUDIENCES, type Plane, principalOf } from "./answer";
import { errorBody } from "../arm/situation";

export interface DirectoryRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
}

/**
 * The groups of the directory, as Microsoft Graph has them.
 *
 * @returns undefined for everything else
 */
export function directoryAnswer(
  plane: Plane,
  { method, url, authorization }: DirectoryRequest,
): Answer | undefined {
  const [, id] = /^\/v1\.0\/groups\/([^/]+)$/.exec(url.pathname) ?? [];
  if (method !== "GET" || id === undefined) {
    return undefined;
  }
  // By its address, as the metadata name it, it is its own audience.
  const audiences = [AUDIENCES.graph, `https://${plane.address}`];
  if (!audiences.some((audience) => principalOf(plane, authorization, audience))) {
    const body = errorBody("InvalidAuthenticationToken", "Access token is empty or wrong.");
    return { status: 401, body };
  }
  const { directoryGroups, isDirectoryOpen } = plane.situation;
  if (!isDirectoryOpen) {
    const message = "Insufficient privileges to complete the operation.";
    return { status: 403, body: errorBody("Authorization_RequestDenied", message) };
  }
  const displayName = directoryGroups.get(id);
  if (displayName === undefined) {
    const message = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
    return { status: 404, body: errorBody("Request_ResourceNotFound", message) };
  }
  return { status: 200, body: { id, displayName } };
}
