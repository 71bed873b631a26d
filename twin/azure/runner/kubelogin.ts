import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../arm/resourceType";
import { AKS_SERVER_APPLICATION } from "../../world/entra";

/** Longer than any rehearsal, which a real token is not: it would be had anew. */
const LIFETIME_SECONDS = 86_400;

/**
 * Writes a `kubelogin` that has a token of whoever runs `pulumi up`, as kubeconfigs of AKS call it.
 *
 * @param folder for PATH
 */
export async function writeKubelogin(folder: string, { deployer, entra }: Cloud): Promise<void> {
  const token = entra.issue(deployer.objectId, AKS_SERVER_APPLICATION, LIFETIME_SECONDS);
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token },
  };
  await mkdir(folder, { recursive: true });
  const script = `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`;
  await writeFile(join(folder, "kubelogin"), script, { mode: 0o755 });
}
