import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { namespaceOf } from "../plan";
import { type AdmittedImages, admittedPattern } from "../rotation/imageReference";

/** Images of the containers of an object, in CEL; the other two kinds of containers are optional. */
const imagesOf = (object: string) =>
  ["containers", "initContainers", "ephemeralContainers"]
    .map((field) => {
      const images = `${object}.spec.${field}.map(c, c.image)`;
      return field === "containers" ? images : `(has(${object}.spec.${field}) ? ${images} : [])`;
    })
    .join(" + ");

/**
 * Lets the API server itself refuse every pod of the namespace whose images are not the release's: no
 * add-on, and no webhook that could be away. Whoever may make pods there runs these images or none.
 *
 * It reads names and digests, not signatures.
 */
export function imageAdmission(
  name: string,
  args: {
    readonly application: string;
    readonly namespace: pulumi.Input<string>;
    readonly images: AdmittedImages;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const { folders, byDigest, further } = args.images;
  const policyName = `${namespaceOf({ application: args.application })}-images`;
  const policy = new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
    `${name}-images`,
    {
      metadata: { name: policyName },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: ["CREATE", "UPDATE"],
              resources: ["pods", "pods/ephemeralcontainers"],
            },
          ],
        },
        variables: [
          { name: "images", expression: imagesOf("object") },
          // Of a pod that is there already others change labels and finalizers; its images stand.
          { name: "before", expression: `oldObject == null ? [] : ${imagesOf("oldObject")}` },
        ],
        validations: [
          {
            expression: `variables.images.all(image, image in variables.before || image in ${JSON.stringify(further)} || image.matches(${JSON.stringify(admittedPattern(args.images))}))`,
            message:
              `images of this namespace come from ${folders.map((folder) => folder || "no folder").join(" or ")}` +
              (byDigest ? ", by digest" : "") +
              (further.length > 0 ? `, or are ${further.join(" or ")}` : ""),
            reason: "Forbidden",
          },
        ],
      },
    },
    opts,
  );
  new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
    `${name}-images`,
    {
      metadata: { name: policyName },
      spec: {
        policyName: policy.metadata.name,
        validationActions: ["Deny"],
        matchResources: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": args.namespace } },
        },
      },
    },
    opts,
  );
}
