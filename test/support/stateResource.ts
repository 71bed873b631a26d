import type { StateResource } from "../../operate/state/state";

const URN = "urn:pulumi:prod::rotation::rotation:index:Rotation$";

export const JOB = "kubernetes:batch/v1:Job";
export const RELEASE = "kubernetes:helm.sh/v3:Release";
export const ROLE = "postgresql:index/role:Role";
export const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
export const SECRET = "azure-native:keyvault:Secret";

/** A resource below the rotation, as the state has it. */
export function resource(
  type: string,
  name: string,
  more: Partial<StateResource> = {},
): StateResource {
  return { urn: `${URN}${type}::${name}`, type, ...more };
}
