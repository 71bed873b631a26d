import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { RotationEnvironment } from "./environment";
import { namesOf, type SlotName } from "../plan";

/** CPU, in percent of the pods' requests, above which pods are added. */
const CPU_PERCENT = 70;

export interface AutoscalerArgs {
  readonly environment: RotationEnvironment;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The slot that receives production traffic. */
  readonly live: SlotName;
}

/**
 * One autoscaler, for the live slot: like the traffic, it moves by one field. With one per slot, the
 * idle slot would shrink to its minimum within minutes and be too small for a rollback.
 */
export function autoscaler(
  name: string,
  { environment, minReplicas, maxReplicas, live }: AutoscalerArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const { application, namespace, release } = environment;
  const names = namesOf(application);
  return new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    {
      metadata: { name: names.autoscaler, namespace },
      spec: {
        scaleTargetRef: {
          apiVersion: "apps/v1",
          kind: "Deployment",
          name: release.shape.slots[live].deployment,
        },
        minReplicas,
        maxReplicas,
        metrics: [
          {
            type: "Resource",
            resource: {
              name: "cpu",
              target: { type: "Utilization", averageUtilization: CPU_PERCENT },
            },
          },
        ],
      },
    },
    opts,
  );
}
