import {
  VaultError,
  type DeletedSecret,
  type SecretAttributes,
  type SecretStore,
  type SecretVersion,
} from "./secretStore";

/** Versions and secrets in one answer of a list, as in Azure. */
const PAGE = 25;

export interface SecretRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: object;
}

/** Body of a PUT or a PATCH. */
interface SecretBody {
  readonly value?: unknown;
  readonly contentType?: string;
  readonly tags?: Record<string, string>;
  readonly attributes?: { enabled?: boolean; nbf?: number; exp?: number };
}

/** What a right is about. */
export type Collection = "certificates" | "secrets";

/** What answers need of the vault. */
interface Secrets {
  /** `vaultUri` of the vault, with a slash at the end. */
  readonly uri: string;
  readonly secrets: SecretStore;
  /** Refuses unless a role assignment allows the operation on what is named, or on all of it. */
  require(principalId: string, operation: string, name?: string, collection?: Collection): void;
}

interface Context {
  readonly vault: Secrets;
  readonly request: SecretRequest;
  readonly body: SecretBody;
  readonly name: string;
  readonly version: string;
  /** Refuses unless the caller may do this to the named secret, or to all of them. */
  readonly require: (operation: string) => void;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** @default secrets */
  readonly collection?: Collection;
  readonly answer: (context: Context) => object | undefined;
}

const NAME = "(?<name>[0-9a-zA-Z-]{1,127})";

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: new RegExp(`^/certificates/${NAME}$`),
    collection: "certificates",
    answer: ({ vault, name, require }) => {
      require("read");
      return certificateBundle(vault, name);
    },
  },
  {
    method: "GET",
    path: /^\/secrets$/,
    answer: ({ vault, request, require }) => {
      require("readMetadata/action");
      return page(
        request.url,
        vault.secrets.list().map((secret) => listed(vault, secret, false)),
      );
    },
  },
  {
    method: "GET",
    path: new RegExp(`^/secrets/${NAME}/versions$`),
    answer: ({ vault, request, name, require }) => {
      require("readMetadata/action");
      const versions = vault.secrets.versions(name);
      return page(
        request.url,
        versions.map((secret) => listed(vault, secret, true)),
      );
    },
  },
  {
    method: "GET",
    path: new RegExp(`^/secrets/${NAME}(/(?<version>[0-9a-f]{32})?)?$`),
    answer: ({ vault, name, version, require }) => {
      require("getSecret/action");
      return bundle(vault, vault.secrets.get(name, version));
    },
  },
  {
    method: "PUT",
    path: new RegExp(`^/secrets/${NAME}$`),
    answer: ({ vault, name, body, require }) => {
      require("setSecret/action");
      if (typeof body.value !== "string") {
        throw new VaultError(400, "BadParameter", "Property  has invalid value\r\n");
      }
      return bundle(
        vault,
        vault.secrets.set(name, {
          value: body.value,
          ...(body.contentType !== undefined && { contentType: body.contentType }),
          attributes: attributesOf(body, { enabled: true }),
          tags: body.tags ?? {},
        }),
      );
    },
  },
  {
    method: "PATCH",
    path: new RegExp(`^/secrets/${NAME}(/(?<version>[0-9a-f]{32})?)?$`),
    answer: ({ vault, name, version, body, require }) => {
      require("update/action");
      const before = vault.secrets.find(name, version);
      const after = vault.secrets.update(name, before.version, {
        ...(body.contentType !== undefined && { contentType: body.contentType }),
        attributes: attributesOf(body, before.attributes),
        tags: body.tags ?? before.tags,
      });
      return listed(vault, after, true);
    },
  },
  {
    method: "DELETE",
    path: new RegExp(`^/secrets/${NAME}$`),
    answer: ({ vault, name, require }) => {
      require("delete");
      return deletedBundle(vault, vault.secrets.delete(name));
    },
  },
  {
    method: "GET",
    path: /^\/deletedsecrets$/,
    answer: ({ vault, request, require }) => {
      require("readMetadata/action");
      const deleted = vault.secrets.listDeleted();
      return page(
        request.url,
        deleted.map((secret) => deletedBundle(vault, secret)),
      );
    },
  },
  {
    method: "GET",
    path: new RegExp(`^/deletedsecrets/${NAME}$`),
    answer: ({ vault, name, require }) => {
      require("readMetadata/action");
      return deletedBundle(vault, vault.secrets.deleted(name));
    },
  },
  {
    method: "DELETE",
    path: new RegExp(`^/deletedsecrets/${NAME}$`),
    answer: ({ vault, name, require }) => {
      require("purge/action");
      vault.secrets.purge(name);
      return undefined;
    },
  },
  {
    method: "POST",
    path: new RegExp(`^/deletedsecrets/${NAME}/recover$`),
    answer: ({ vault, name, require }) => {
      require("recover/action");
      return listed(vault, vault.secrets.recover(name), true);
    },
  },
];

/** Answers one authenticated request; undefined means an answer without a body. */
export function answerSecretRequest(
  vault: Secrets,
  principalId: string,
  request: SecretRequest,
): object | undefined {
  const path = request.url.pathname;
  for (const route of ROUTES) {
    const found = route.method === request.method ? route.path.exec(path) : null;
    if (found) {
      const { name = "", version = "" } = found.groups ?? {};
      return route.answer({
        vault,
        request,
        body: request.body,
        name,
        version,
        require: (operation) =>
          vault.require(principalId, operation, name || undefined, route.collection),
      });
    }
  }
  throw new VaultError(
    400,
    "BadParameter",
    `The twin has no ${request.method} ${path} for vaults.`,
  );
}

function attributesOf({ attributes }: SecretBody, before: SecretAttributes): SecretAttributes {
  const notBefore = attributes?.nbf ?? before.notBefore;
  const expires = attributes?.exp ?? before.expires;
  return {
    enabled: attributes?.enabled ?? before.enabled,
    ...(notBefore !== undefined && { notBefore }),
    ...(expires !== undefined && { expires }),
  };
}

function bundle(vault: Secrets, secret: SecretVersion) {
  return { value: secret.value, ...listed(vault, secret, true) };
}

/** The secret of a certificate holds its key as well, which this leaves out. */
function certificateBundle(vault: Secrets, name: string) {
  const { value = "", ...secret } = vault.secrets.find(name, "");
  const [, certificate = ""] =
    /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(value) ?? [];
  if (certificate === "") {
    throw new VaultError(
      404,
      "CertificateNotFound",
      `A certificate with (name/id) ${name} was not found in this key vault. If you recently deleted ` +
        "this certificate you may be able to recover it using the correct recovery command.",
    );
  }
  return {
    id: `${vault.uri}certificates/${name}/${secret.version}`,
    sid: `${vault.uri}secrets/${name}/${secret.version}`,
    cer: certificate.replaceAll(/\s/g, ""),
    attributes: { enabled: secret.attributes.enabled },
  };
}

function listed(vault: Secrets, secret: SecretVersion, withVersion: boolean) {
  const { contentType, tags, attributes, created, updated } = secret;
  return {
    id: `${vault.uri}secrets/${secret.name}${withVersion ? `/${secret.version}` : ""}`,
    ...(contentType !== undefined && { contentType }),
    attributes: {
      enabled: attributes.enabled,
      ...(attributes.notBefore !== undefined && { nbf: attributes.notBefore }),
      ...(attributes.expires !== undefined && { exp: attributes.expires }),
      created,
      updated,
      recoveryLevel: vault.secrets.recoveryLevel,
      recoverableDays: vault.secrets.retentionDays,
    },
    tags,
  };
}

function deletedBundle(vault: Secrets, { current, deleted, scheduledPurge }: DeletedSecret) {
  return {
    recoveryId: `${vault.uri}deletedsecrets/${current.name}`,
    deletedDate: deleted,
    scheduledPurgeDate: scheduledPurge,
    ...listed(vault, current, true),
  };
}

function page(url: URL, items: readonly object[]): object {
  const size = Number(url.searchParams.get("maxresults") ?? PAGE);
  if (!Number.isInteger(size) || size < 1 || size > PAGE) {
    throw new VaultError(400, "BadParameter", "maxresults must be a number from 1 to 25.");
  }
  const start = Number(url.searchParams.get("$skiptoken") ?? 0);
  const next = new URL(url);
  next.searchParams.set("$skiptoken", String(start + size));
  return {
    value: items.slice(start, start + size),
    nextLink: start + size < items.length ? next.href : null,
  };
}
