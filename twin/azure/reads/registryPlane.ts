import { type Answer, AUDIENCES, type Plane } from "./answer";

export interface RegistryRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
  readonly form: URLSearchParams;
}

const REFRESH = "refresh";
const ACCESS = "access";

/**
 * The data plane of every registry, as far as somebody asks whether an image is there: the challenge,
 * a token of Entra for one of the registry, and manifests ("Azure Container Registry OAuth").
 *
 * @returns undefined for everything else
 */
export function registryAnswer(
  { cloud: { entra }, situation: { images } }: Plane,
  { authorization, form, method, url: { host, pathname } }: RegistryRequest,
): Answer | undefined {
  const token = (principalId: string | undefined, kind: string): Answer =>
    principalId === undefined
      ? { status: 401, body: { errors: [{ code: "UNAUTHORIZED" }] } }
      : { status: 200, body: { [`${kind}_token`]: entra.issue(principalId, `${host} ${kind}`) } };
  if (method === "POST" && pathname === "/oauth2/exchange") {
    const given = form.get("access_token") ?? "";
    return token(entra.verify(given, AUDIENCES.resourceManager), REFRESH);
  }
  if (method === "POST" && pathname === "/oauth2/token") {
    const given = form.get("refresh_token") ?? "";
    return token(entra.verify(given, `${host} ${REFRESH}`), ACCESS);
  }
  const [, repository, reference] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(pathname) ?? [];
  if (repository === undefined || reference === undefined) {
    return undefined;
  }
  const bearer = authorization.replace(/^Bearer /i, "");
  if (entra.verify(bearer, `${host} ${ACCESS}`) === undefined) {
    const challenge = `Bearer realm="https://${host}/oauth2/token",service="${host}",scope="repository:${repository}:pull"`;
    return { status: 401, headers: { "www-authenticate": challenge } };
  }
  return { status: images.has(`${repository}:${reference}`) ? 200 : 404 };
}
