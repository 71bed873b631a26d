import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";

/** Where tokens without an audience of their own are meant for. */
export const API_AUDIENCE = "https://kubernetes.default.svc.cluster.local";

export interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: string;
}

/** Signs and checks service account tokens, as the cluster's OIDC issuer does. */
export class TokenIssuer {
  private readonly key: KeyObject;
  private readonly publicKey: KeyObject;
  private readonly keyId: string;

  constructor(readonly issuer: string) {
    this.key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    this.publicKey = createPublicKey(this.key);
    const der = this.publicKey.export({ type: "spki", format: "der" });
    this.keyId = createHash("sha256").update(der).digest("base64url");
  }

  issue(claims: TokenClaims, audience: string, lifetimeSeconds: number): string {
    const now = Math.floor(Date.now() / 1000);
    const signed = [
      { alg: "RS256", kid: this.keyId },
      {
        aud: [audience],
        exp: now + lifetimeSeconds,
        iat: now,
        nbf: now,
        iss: this.issuer,
        "kubernetes.io": {
          namespace: claims.namespace,
          pod: { name: claims.pod },
          serviceaccount: { name: claims.serviceAccount },
        },
        sub: subjectOf(claims),
      },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${signed}.${sign("sha256", Buffer.from(signed), this.key).toString("base64url")}`;
  }

  /** The subject of a valid token for that audience, else undefined. */
  subject(token: string, audience: string): string | undefined {
    const [header, payload, signature] = token.split(".");
    if (header === undefined || payload === undefined || signature === undefined) {
      return undefined;
    }
    const signed = Buffer.from(`${header}.${payload}`);
    if (!verify("sha256", signed, this.publicKey, Buffer.from(signature, "base64url"))) {
      return undefined;
    }
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
      aud: string[];
      exp: number;
      sub: string;
    };
    const valid = claims.aud.includes(audience) && claims.exp > Date.now() / 1000;
    return valid ? claims.sub : undefined;
  }

  keys(): { keys: (JsonWebKey & { use: string; alg: string; kid: string })[] } {
    const key = this.publicKey.export({ format: "jwk" });
    return { keys: [{ ...key, use: "sig", alg: "RS256", kid: this.keyId }] };
  }
}

export function subjectOf(account: { namespace: string; serviceAccount: string }): string {
  return `system:serviceaccount:${account.namespace}:${account.serviceAccount}`;
}
