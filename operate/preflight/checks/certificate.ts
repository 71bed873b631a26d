import { X509Certificate } from "node:crypto";
import { answered } from "../arm";
import { type Asking, type Check, grantCommand, READER } from "../asking";
import { type Finding, okUnless, unasked, wrong } from "../finding";
import { at, nameOf, type PlannedResource, textAt } from "../planned";
import { Refusal } from "../web";

const HOSTS = "hosts of the certificate";

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;

const VAULTS = "https://vault.azure.net";

/** Its certificates, and nothing of their keys. */
const CERTIFICATE_READER = "Key Vault Reader";

/** The certificate that the gateway serves: that it is there, and that the gateway may be given it. */
export const certificate: Check = {
  what: "certificate",
  role: READER,
  async ask(asking) {
    const { id, vaultId, vault, name } = placeOf(asking);
    const found = await asking.arm.find(vaultId, "2024-11-01");
    if (found === undefined) {
      const why = `the vault ${vault} does not exist`;
      return [wrong("certificate", why, "az keyvault list --output table", otherCertificate)];
    }
    const wrongs: Finding[] = [];
    if (at(found, "properties", "enableRbacAuthorization") !== true) {
      wrongs.push(
        wrong(
          "certificate",
          `${vault} uses access policies, so the gateway's grant on the certificate has no effect`,
          `az keyvault update --name ${vault} --enable-rbac-authorization true   # everyone ` +
            "else needs grants, too",
        ),
      );
    }
    const secret = await asking.arm.find(id, "2024-11-01");
    if (secret === undefined) {
      wrongs.push(
        wrong(
          "certificate",
          `${vault} has no ${name}`,
          `az keyvault certificate import --vault-name ${vault} --name ${name} --file <file.pfx or file.pem>`,
          otherCertificate,
        ),
      );
    } else if (at(secret, "properties", "attributes", "enabled") === false) {
      wrongs.push(
        wrong(
          "certificate",
          `${name} is disabled`,
          `az keyvault certificate set-attributes --vault-name ${vault} --name ${name} --enabled true`,
        ),
      );
    }
    return okUnless(wrongs, "certificate", `${name} is in ${vault}`);
  },
};

/** Which hosts the certificate is for, and until when. */
export const certificateHosts: Check = {
  what: HOSTS,
  role: READER,
  async ask(asking) {
    const { arm, login } = asking;
    const { vault, vaultId, name } = placeOf(asking);
    const found = await arm.find(vaultId, "2024-11-01");
    if (found === undefined) {
      return [];
    }
    try {
      const uri = textAt(found, "properties", "vaultUri");
      return hostFindings(await certificateIn(asking, uri, name), asking);
    } catch (error) {
      if (error instanceof Refusal && error.status === 403) {
        const help = grantCommand(login, CERTIFICATE_READER, vaultId);
        return [unasked(HOSTS, `the vault ${vault} ${error.message}`, help)];
      }
      throw error;
    }
  },
};

function hostFindings(found: Buffer | string | undefined, asking: Asking): readonly Finding[] {
  const { vault, name } = placeOf(asking);
  const renew = `az keyvault certificate import --vault-name ${vault} --name ${name} --file <file.pfx or file.pem>`;
  if (found === undefined) {
    return [];
  }
  const leaf = typeof found === "string" ? PEM.exec(found)?.[0] : found;
  if (leaf === undefined) {
    const why = `${name} is a secret, not a certificate of the vault, and its value is not PEM`;
    return [unasked(HOSTS, why, renew)];
  }
  const own = new X509Certificate(leaf);
  const { hosts } = asking.settings;
  const others = hosts.filter((host) => own.checkHost(host) === undefined);
  const until = new Date(own.validTo);
  const day = until.toISOString().slice(0, 10);
  const wrongs = [
    ...(others.length > 0 ? [wrong(HOSTS, `it does not cover ${others.join(", ")}`, renew)] : []),
    ...(until <= asking.now ? [wrong(HOSTS, `it expired on ${day}`, renew)] : []),
  ];
  return okUnless(wrongs, HOSTS, `it covers ${hosts.join(", ")} and is valid until ${day}`);
}

const otherCertificate = "pulumi config set rotation:certificate <resource id of the secret>";

interface Place {
  /** Resource id of the secret. */
  readonly id: string;
  readonly vaultId: string;
  readonly vault: string;
  readonly name: string;
}

function placeOf({ planned }: Asking): Place {
  const grants: readonly PlannedResource[] = planned.all("authorization:RoleAssignment");
  const id = textAt(grants.find(({ name }) => name === "gateway-certificate")?.inputs, "scope");
  const [, vaultId = "", name = ""] = /^(.+)\/secrets\/([^/]+)$/i.exec(id) ?? [];
  return { id, vaultId, vault: nameOf(vaultId), name };
}

/**
 * The vault's certificate of a name, which comes without its key; where there is only a secret of the
 * name, its value, of which nothing but the certificate is kept. Undefined when there is neither.
 */
async function certificateIn(
  { web }: Asking,
  vaultUri: string,
  name: string,
): Promise<Buffer | string | undefined> {
  const ask = async (path: string) => {
    const { href } = new URL(`${path}?api-version=7.4`, vaultUri);
    try {
      return await answered(web, { url: href, audience: VAULTS });
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) {
        return undefined;
      }
      throw error;
    }
  };
  const found = await ask(`certificates/${name}`);
  if (found !== undefined) {
    return Buffer.from(textAt(found, "cer"), "base64");
  }
  const secret = await ask(`secrets/${name}`);
  return secret && textAt(secret, "value");
}
