import type { SecretRequest } from "./world/contracts";
import type { Cloud } from "./azure/arm/resourceType";
import { GIVEN } from "./azure/given";
import { textAt } from "./azure/arm/plain";
import type { Cluster } from "./kubernetes/cluster";
import { servedKinds } from "./kubernetes/api/kinds";
import type { KubeObject } from "./kubernetes/api/objects";
import { refOf } from "./kubernetes/api/store";

/** A managed identity of the program or of what Azure made for it. */
export interface Identity {
  readonly name: string;
  readonly clientId: string;
  readonly principalId: string;
}

/** A pod's mount: as which service account, with which identity, of which secret. */
export type MountAttempt = Pick<SecretRequest, "clientId" | "secretName"> & {
  /** Name of the service account, in the namespace of the application. */
  readonly serviceAccount: string;
};

/** How a client reaches the program's vault as somebody. */
export interface VaultAccess {
  /** With a slash at the end. */
  readonly uri: string;
  /** Bearer token. */
  readonly token: string;
}

/** An object as the API server has it, with the texts of its events. */
export interface ObjectDump {
  readonly object: KubeObject;
  readonly events: readonly string[];
}

/** Looks at a cloud from outside, as an auditor does; changes nothing. */
export class Inspection {
  constructor(
    private readonly cloud: Cloud,
    private readonly cluster: Cluster,
  ) {}

  /** Every managed identity, those that AKS made for itself included, and `deployer`. */
  identities(): Identity[] {
    const { clientId, objectId } = this.cloud.deployer;
    const managed = this.cloud.resources
      .all("Microsoft.ManagedIdentity/userAssignedIdentities")
      .map(({ name, outputs }) => ({
        name,
        clientId: textAt(outputs, "clientId"),
        principalId: textAt(outputs, "principalId"),
      }));
    return [...managed, { name: "deployer", clientId, principalId: objectId }];
  }

  /** Reads the way the CSI driver does; the text of the refusal, or empty. The value stays here. */
  async mount(namespace: string, attempt: MountAttempt): Promise<string> {
    const { serviceAccount, clientId, secretName } = attempt;
    const [cluster] = this.cloud.clusters.values();
    try {
      await this.cloud.read({
        issuer: cluster?.issuer ?? "",
        subject: `system:serviceaccount:${namespace}:${serviceAccount}`,
        clientId,
        tenantId: this.cloud.tenantId,
        vaultName: this.vault.name,
        secretName,
        version: "",
      });
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  vaultAccess(principalId: string): VaultAccess {
    return { uri: this.vault.uri, token: this.cloud.tokenFor(principalId) };
  }

  /** Passwords that are in no vault: those that the servers' administrators have and had. */
  administratorPasswords(): { name: string; value: string }[] {
    return [...this.cloud.databases].flatMap(([id, { administratorPasswords }]) =>
      administratorPasswords.map((value, index) => ({
        name: `password ${index + 1} of the administrator of ${id.split("/").at(-1)}`,
        value,
      })),
    );
  }

  objects(): ObjectDump[] {
    return servedKinds().flatMap((kind) =>
      this.cluster.list(kind).map((object) => ({
        object,
        events: this.cluster.events(refOf(object)),
      })),
    );
  }

  private get vault(): { name: string; uri: string } {
    const found = [...this.cloud.vaults].find(
      ([name, { deleted }]) => name !== GIVEN.vault && !deleted,
    );
    if (found === undefined) {
      throw new Error("There is no vault of the program in the twin yet.");
    }
    return { name: found[0], uri: found[1].service.uri };
  }
}
