import * as pulumi from "@pulumi/pulumi";
import type { CertificateReference } from "./certificate";

/** What the certificate is called in the gateway; the ingress controller refers to it by that. */
export const GATEWAY_CERTIFICATE = "production";

export interface PlaceholderArgs {
  /** Resource id that the gateway will have. */
  readonly gatewayId: pulumi.Input<string>;
  /** Name of the gateway's frontend configuration. */
  readonly frontend: string;
  /** The certificate of all hosts. */
  readonly certificate: CertificateReference;
}

/**
 * Routes that Azure wants at creation and the ingress controller replaces: an HTTPS listener with
 * nobody behind it, and one for HTTP that only redirects to it.
 */
export function placeholder({ gatewayId, frontend, certificate }: PlaceholderArgs) {
  const part = (collection: string, name: string) => ({
    id: pulumi.interpolate`${gatewayId}/${collection}/${name}`,
  });
  const listener = (name: string) => ({
    name,
    frontendIPConfiguration: part("frontendIPConfigurations", frontend),
    frontendPort: part("frontendPorts", name),
  });
  const rule = (name: string, priority: number) => ({
    name,
    // The lowest there are, so that every other rule comes first.
    priority,
    ruleType: "Basic",
    httpListener: part("httpListeners", name),
  });
  return {
    sslCertificates: [{ name: GATEWAY_CERTIFICATE, keyVaultSecretId: certificate.secretId }],
    frontendPorts: [
      { name: "https", port: 443 },
      { name: "http", port: 80 },
    ],
    backendAddressPools: [{ name: "nobody" }],
    backendHttpSettingsCollection: [{ name: "nobody", port: 80, protocol: "Http" }],
    httpListeners: [
      {
        ...listener("https"),
        protocol: "Https",
        sslCertificate: part("sslCertificates", GATEWAY_CERTIFICATE),
      },
      { ...listener("http"), protocol: "Http" },
    ],
    redirectConfigurations: [
      {
        name: "http",
        redirectType: "Permanent",
        targetListener: part("httpListeners", "https"),
        includePath: true,
        includeQueryString: true,
      },
    ],
    requestRoutingRules: [
      {
        ...rule("https", 19_999),
        backendAddressPool: part("backendAddressPools", "nobody"),
        backendHttpSettings: part("backendHttpSettingsCollection", "nobody"),
      },
      { ...rule("http", 20_000), redirectConfiguration: part("redirectConfigurations", "http") },
    ],
  };
}
