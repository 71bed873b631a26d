import { type Asking, type Check, grantCommand, READER } from "../asking";
import { type Finding, later, ok, unasked, wrong } from "../finding";
import { textAt } from "../planned";
import { type Answer, NotReached, Refusal } from "../web";

/** Forms that a registry may know an image in. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const DOCKER_HUB = "registry-1.docker.io";

interface Image {
  readonly key: string;
  readonly registry: string;
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
}

/** The two images; any name will do until there is a registry to push them to. */
export const images: Check = {
  what: "images",
  role: READER,
  async ask(asking) {
    const { arm, planned, settings } = asking;
    const registry = planned.one("containerregistry:Registry");
    const found = planned.isMade(registry) ? await arm.find(registry.id, "2023-07-01") : undefined;
    const server = textAt(found, "properties", "loginServer");
    const named = Object.entries(settings.images);
    if (server === "") {
      const why = "the first `up` creates the registry; any name will do until the image is in it";
      return named.map(([key]) => later(`image rotation:${key}`, why));
    }
    return Promise.all(
      named.map(([key, text]) => imageFinding(imageOf(key, text), server, asking)),
    );
  },
};

async function imageFinding(image: Image, server: string, asking: Asking): Promise<Finding> {
  const { registry, repository, reference } = image;
  const what = `image rotation:${image.key}`;
  const name = `${repository}${reference.includes(":") ? "@" : ":"}${reference}`;
  try {
    const answer = await manifest(image, registry === server, asking);
    switch (answer.status) {
      case 200:
        return ok(what, `${registry} has ${name}`);
      case 404:
        return wrong(what, `${registry} has no ${name}`, ...pushCommands(image, server));
      default:
        throw new Refusal(answer.status, { message: `${name} cannot be read` });
    }
  } catch (error) {
    if (error instanceof NotReached) {
      return unasked(what, error.message, error.help);
    }
    if (error instanceof Refusal) {
      const pull = grantCommand(
        asking.login,
        "AcrPull",
        asking.planned.one("containerregistry:Registry").id,
      );
      return unasked(what, `${registry} ${error.message}`, ...(registry === server ? [pull] : []));
    }
    throw error;
  }
}

/** Asks as the distribution specification has it: first without a token, then with one that is offered. */
async function manifest(
  image: Image,
  isOurs: boolean,
  { web, login, cloud }: Asking,
): Promise<Answer> {
  const { registry, repository, reference } = image;
  const url = `https://${registry}/v2/${repository}/manifests/${reference}`;
  const ask = (headers: Readonly<Record<string, string>> = {}) =>
    web.ask({ url, method: "HEAD", headers: { accept: MANIFESTS, ...headers } });
  const first = await ask();
  const challenge = /^Bearer (.+)$/i.exec(first.header("www-authenticate") ?? "")?.[1];
  if (first.status !== 401 || challenge === undefined) {
    return first;
  }
  const { realm = "", service = "" } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
  ) as Record<string, string>;
  const scope = `repository:${repository}:pull`;
  const token = isOurs
    ? await registryToken(realm, { service, scope }, { web, login, cloud })
    : await web.ask({ url: `${realm}?${new URLSearchParams({ service, scope }).toString()}` });
  const body = tokenBody(token);
  const bearer = textAt(body, "access_token") || textAt(body, "token");
  return bearer === "" ? token : ask({ authorization: `Bearer ${bearer}` });
}

/** Azure's registries give tokens for one of Entra ("Azure Container Registry OAuth"). */
async function registryToken(
  realm: string,
  { service, scope }: { service: string; scope: string },
  { web, login, cloud }: Pick<Asking, "cloud" | "login" | "web">,
): Promise<Answer> {
  const post = (url: string, form: Readonly<Record<string, string>>) =>
    web.ask({
      url,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(form).toString(),
    });
  const exchanged = await post(realm.replace(/\/token$/, "/exchange"), {
    grant_type: "access_token",
    service,
    tenant: login.tenantId,
    access_token: await web.token(cloud.audience),
  });
  const refresh = textAt(tokenBody(exchanged), "refresh_token");
  return refresh === ""
    ? exchanged
    : post(realm, { grant_type: "refresh_token", service, scope, refresh_token: refresh });
}

function tokenBody({ status, text }: Answer): unknown {
  return status === 200 ? (JSON.parse(text) as unknown) : {};
}

/** Parts of a reference; Docker's own registry where it names none. */
function imageOf(key: string, text: string): Image {
  const [, registry, path = "", tag = "", digest] =
    /^(?:([^/]*[.:][^/]*)\/)?([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(text) ?? [];
  const repository = registry === undefined && !path.includes("/") ? `library/${path}` : path;
  return { key, registry: registry ?? DOCKER_HUB, repository, reference: digest ?? tag };
}

function pushCommands({ key, reference }: Image, server: string): string[] {
  const folder = key === "appImage" ? "app" : "tools";
  const tag = reference.includes(":") ? "<tag>" : reference;
  const name = `${server}/rotation/${folder}:${tag}`;
  return [
    `az acr login --name "${server}"`,
    `docker build -t "${name}" images/${folder} && docker push "${name}"`,
    `pulumi config set rotation:${key} "${name}@<the digest that the push prints>"`,
  ];
}
