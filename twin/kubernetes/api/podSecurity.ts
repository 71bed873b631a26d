import { containersOf, type PodSpec } from "./types";

/** The namespace label that turns on Pod Security admission. */
export const ENFORCE = "pod-security.kubernetes.io/enforce";

interface ContainerSecurity {
  allowPrivilegeEscalation?: boolean;
  privileged?: boolean;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  capabilities?: { add?: string[]; drop?: string[] };
  seccompProfile?: { type: string };
}

type Check = (pod: ContainerSecurity, containers: [string, ContainerSecurity][]) => string[];

const PROFILES = ["RuntimeDefault", "Localhost"];

/** The controls of the profile `restricted` for what the twin's pods can say. */
const checks: readonly Check[] = [
  (_pod, containers) =>
    list(
      containers.filter(([, c]) => c.privileged === true),
      (names) => `privileged (${names} must not set securityContext.privileged=true)`,
    ),
  (_pod, containers) =>
    list(
      containers.filter(([, c]) => c.allowPrivilegeEscalation !== false),
      (names) =>
        `allowPrivilegeEscalation != false (${names} must set securityContext.allowPrivilegeEscalation=false)`,
    ),
  (_pod, containers) =>
    list(
      containers.filter(
        ([, c]) =>
          !c.capabilities?.drop?.includes("ALL") ||
          c.capabilities.add?.some((name) => name !== "NET_BIND_SERVICE"),
      ),
      (names) =>
        `unrestricted capabilities (${names} must set securityContext.capabilities.drop=["ALL"])`,
    ),
  (pod, containers) =>
    list(
      containers.filter(([, c]) => !(c.runAsNonRoot ?? pod.runAsNonRoot)),
      (names) =>
        `runAsNonRoot != true (pod or ${names} must set securityContext.runAsNonRoot=true)`,
    ),
  (pod, containers) =>
    list(
      containers.filter(([, c]) => (c.runAsUser ?? pod.runAsUser) === 0),
      (names) => `runAsUser=0 (pod or ${names} must not set runAsUser=0)`,
    ),
  (pod, containers) =>
    list(
      containers.filter(
        ([, c]) => !PROFILES.includes((c.seccompProfile ?? pod.seccompProfile)?.type ?? ""),
      ),
      (names) =>
        `seccompProfile (pod or ${names} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
    ),
];

/** Which controls of the profile `restricted` a pod violates, in the words of the API server. */
export function restrictedViolations(spec: PodSpec): string[] {
  const pod = spec.securityContext as ContainerSecurity;
  const containers = containersOf(spec).map(
    ({ name, securityContext = {} }): [string, ContainerSecurity] => [name, securityContext],
  );
  return checks.flatMap((check) => check(pod, containers));
}

function list(offenders: [string, ContainerSecurity][], text: (names: string) => string): string[] {
  if (offenders.length === 0) {
    return [];
  }
  const names = offenders.map(([name]) => `"${name}"`).join(", ");
  return [text(`${offenders.length === 1 ? "container" : "containers"} ${names}`)];
}
