import { LABEL, labelProblems, unsupported } from "./problems";
import type { Container, PodTemplate } from "./types";

/**
 * What is wrong with the pods that a workload makes.
 *
 * @param path of the template: `spec.template`
 */
export function podProblems({ metadata, spec }: PodTemplate, path = "spec.template"): string[] {
  const at = `${path}.spec`;
  const problems = labelProblems(metadata?.labels, `${path}.metadata.labels`);
  if (spec.terminationGracePeriodSeconds < 0) {
    problems.push(
      `${at}.terminationGracePeriodSeconds: Invalid value: ${spec.terminationGracePeriodSeconds}: must be greater than or equal to 0`,
    );
  }
  const volumes = new Set((spec.volumes ?? []).map((v) => v.name));
  (spec.volumes ?? []).forEach(({ projected }, i) =>
    (projected?.sources ?? []).forEach(({ downwardAPI }, j) =>
      (downwardAPI?.items ?? []).forEach(({ fieldRef }, k) => {
        if (!fieldRef) {
          const item = `${at}.volumes[${i}].projected.sources[${j}].downwardAPI.items[${k}]`;
          problems.push(
            `${item}: Required value: one of fieldRef and resourceFieldRef is required`,
          );
        }
      }),
    ),
  );
  const names = new Set<string>();
  const check = (container: Container, place: string) => {
    problems.push(...containerProblems(container, place, volumes));
    if (names.has(container.name)) {
      problems.push(`${place}.name: Duplicate value: "${container.name}"`);
    }
    names.add(container.name);
  };
  spec.containers.forEach((container, i) => check(container, `${at}.containers[${i}]`));
  spec.initContainers?.forEach((container, i) => {
    const place = `${at}.initContainers[${i}]`;
    check(container, place);
    if (container.restartPolicy === undefined) {
      // One that has to end before the others start; the twin runs sidecars only.
      problems.push(unsupported(`${place}.restartPolicy`, undefined, ["Always"]));
    }
  });
  return problems;
}

function containerProblems(container: Container, at: string, volumes: Set<string>): string[] {
  const problems: string[] = [];
  if (!LABEL.test(container.name ?? "")) {
    problems.push(`${at}.name: Invalid value: "${container.name}": a lowercase RFC 1123 label`);
  }
  if (!container.image) {
    problems.push(`${at}.image: Required value`);
  }
  (container.env ?? []).forEach((variable, i) => {
    if (!variable.name) {
      problems.push(`${at}.env[${i}].name: Required value`);
    }
    if (variable.value !== undefined && variable.value !== "" && variable.valueFrom) {
      problems.push(
        `${at}.env[${i}].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
      );
    }
  });
  (container.volumeMounts ?? []).forEach((mount, i) => {
    if (!volumes.has(mount.name)) {
      problems.push(`${at}.volumeMounts[${i}].name: Not found: "${mount.name}"`);
    }
  });
  for (const name of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
    const probe = container[name];
    const handlers = [probe?.exec, probe?.httpGet, probe?.tcpSocket].filter((one) => one);
    if (probe && handlers.length === 0) {
      problems.push(`${at}.${name}: Required value: must specify a handler type`);
    }
    if (handlers.length > 1) {
      problems.push(`${at}.${name}: Forbidden: may not specify more than 1 handler type`);
    }
    if (probe && name !== "readinessProbe" && probe.successThreshold !== 1) {
      problems.push(
        `${at}.${name}.successThreshold: Invalid value: ${probe.successThreshold}: must be 1`,
      );
    }
  }
  const preStop = container.lifecycle?.preStop;
  if (preStop && Object.keys(preStop).length !== 1) {
    problems.push(`${at}.lifecycle.preStop: Forbidden: may not specify more than 1 handler type`);
  }
  return problems;
}
