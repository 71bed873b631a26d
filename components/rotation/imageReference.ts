/**
 * A reference of an image with a tag, a digest or both, by the grammar of the distribution project
 * (github.com/distribution/reference), which registries and container runtimes share. The chart's
 * schema has the same pattern.
 */
const HOST_PART = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const HOST = `(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_PART = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const NAME = `(?:${HOST}/)?${PATH_PART}(?:/${PATH_PART})*`;
const TAG = ":[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}";
const DIGEST = "@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";

export const IMAGE_REFERENCE = new RegExp(`^${NAME}(?:${TAG}(?:${DIGEST})?|${DIGEST})$`);

/** What always identifies the same image. */
const PINNED = /@sha256:[0-9a-f]{64}$/;

/**
 * The problem with an image reference, as a sentence; undefined if there is none.
 *
 * @param byDigest whether a digest is required
 */
export function imageProblem(
  image: string,
  { byDigest }: { byDigest: boolean } = { byDigest: false },
): string | undefined {
  if (!IMAGE_REFERENCE.test(image)) {
    return `must be an image with a tag or digest, not "${image}".`;
  }
  if (byDigest && !PINNED.test(image)) {
    return (
      `must be an image with a digest, such as ${image.split("@")[0]}@sha256:<64 digits>, not "${image}": ` +
      "in profile prod a later push must not change what pods run. The push prints the digest."
    );
  }
  return image.endsWith(":latest")
    ? `must be an image with a tag other than latest, not "${image}": two pods may get different ` +
        "images."
    : undefined;
}

/** An image's name, and its tag, digest or both, as charts ask for them: `1.0.0@sha256:…`. */
export function imageParts(image: string): { readonly name: string; readonly tag: string } {
  const [, name = image, tag = "", digest = ""] = /^(.*?)(?::([^:/@]+))?(@.+)?$/.exec(image) ?? [];
  return { name, tag: `${tag}${digest}` };
}

/** What pods of an application may have as images. */
export interface AdmittedImages {
  /** Where the release's own come from, e.g. `example.azurecr.io/shop`. */
  readonly folders: readonly string[];
  /** Whether a tag is not enough for those. */
  readonly byDigest: boolean;
  /** Others, to the letter, whatever they are. */
  readonly further: readonly string[];
}

/** A reference up to the last slash; empty for an image without one. */
export function imageFolder(image: string): string {
  return image.slice(0, Math.max(image.lastIndexOf("/"), 0));
}

/**
 * The references that are admitted besides the further ones, as a regular expression that means the
 * same in RE2 and in JavaScript.
 */
export function admittedPattern({ folders, byDigest }: AdmittedImages): string {
  const within = folders
    .map((folder) => (folder === "" ? "" : `${folder.replaceAll(/[.[\]]/g, "\\$&")}/`))
    .join("|");
  const digest = "@sha256:[0-9a-f]{64}";
  return `^(?:${within})[a-z0-9._-]+(?::[A-Za-z0-9_.-]+)?${byDigest ? digest : `(?:${digest})?`}$`;
}

/**
 * The problem with images in force that would no longer be admitted; undefined when there is none.
 * While others replace them, a pod of theirs that ends could not come back.
 *
 * @param inForce references that the last completed run left
 */
export function admissionProblem(
  admitted: AdmittedImages,
  inForce: readonly string[],
): string | undefined {
  const pattern = new RegExp(admittedPattern(admitted));
  const left = inForce.filter((image) => !admitted.further.includes(image) && !pattern.test(image));
  return left.length === 0
    ? undefined
    : `The pods in force have ${left.join(" and ")}, which the cluster would no longer admit: until others ` +
        "have replaced them, one that ends could not come back. Admit them for this run: " +
        `pulumi config set rotation:admittedImages ${[...admitted.further, ...left].join(",")}`;
}
