import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Entra application id of the AKS API server, the same in every tenant. */
export const AKS_SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630";

const LIFETIME_SECONDS = 3600;

interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly oid: string;
  readonly tid: string;
  readonly exp: number;
}

/** Issues and verifies access tokens of one tenant. Only the twin reads them, so one key will do. */
export class Entra {
  private readonly key = randomBytes(32);

  constructor(readonly tenantId: string) {}

  /** What a challenge names as the place to get a token. */
  get authority(): string {
    return `https://login.microsoftonline.com/${this.tenantId}`;
  }

  issue(principalId: string, audience: string, lifetimeSeconds = LIFETIME_SECONDS): string {
    const claims: Claims = {
      iss: `https://sts.windows.net/${this.tenantId}/`,
      aud: audience,
      oid: principalId,
      tid: this.tenantId,
      exp: Math.floor(Date.now() / 1000) + lifetimeSeconds,
    };
    const content = [{ alg: "HS256", typ: "JWT" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${content}.${this.sign(content)}`;
  }

  /** The principal that a token was issued to; undefined when the token is not good. */
  verify(token: string, audience: string): string | undefined {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const expected = Buffer.from(this.sign(`${header}.${payload}`));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
      return undefined;
    }
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
    return claims.aud === audience && claims.exp * 1000 > Date.now() ? claims.oid : undefined;
  }

  private sign(content: string): string {
    return createHmac("sha256", this.key).update(content).digest("base64url");
  }
}
