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
