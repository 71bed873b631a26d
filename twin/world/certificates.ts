import "reflect-metadata";
import { isIP } from "node:net";
import { webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

/** One certificate authority of the twin; every TLS endpoint's certificate comes from it. */
export interface IssuedCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM, leaf first. */
  readonly certificate: string;
}

export interface CertificateAuthority {
  /** PEM file that clients trust (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, sslrootcert). */
  readonly file: string;
  readonly certificate: string;
  /** @param names DNS names and IP addresses of the endpoint */
  issue(names: readonly string[]): Promise<IssuedCertificate>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY = 24 * 60 * 60 * 1000;

/**
 * Makes a new authority that lives as long as the twin: its key stays in memory, only its
 * certificate is written, as `ca.pem`.
 */
export async function createAuthority(directory: string): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const name = "CN=Twin of the cloud";
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name,
      ...lifetime(),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  const certificate = root.toString("pem") + "\n";
  const file = join(directory, "ca.pem");
  await writeFile(file, certificate);

  return {
    file,
    certificate,
    issue: async (names) => {
      const first = names[0];
      if (first === undefined) {
        throw new RangeError("A certificate needs at least one name.");
      }
      const own = await generateKeys();
      const leaf = await x509.X509CertificateGenerator.create(
        {
          serialNumber: serialNumber(),
          subject: `CN=${first}`,
          issuer: name,
          ...lifetime(),
          signingAlgorithm: ALGORITHM,
          publicKey: own.publicKey,
          signingKey: keys.privateKey,
          extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
            new x509.SubjectAlternativeNameExtension(
              names.map((value) => ({ type: isIP(value) ? "ip" : "dns", value })),
            ),
            await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
          ],
        },
        webcrypto,
      );
      return {
        key: await exportKey(own.privateKey),
        certificate: `${leaf.toString("pem")}\n${certificate}`,
      };
    },
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key);
  return x509.PemConverter.encode(der, "PRIVATE KEY") + "\n";
}

/** Positive and at most 16 bytes long, as RFC 5280 (4.1.2.2) wants it. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

/** Begins a day early, so that a clock that was set back does not refuse it. */
function lifetime(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY), notAfter: new Date(now + 30 * DAY) };
}
