import assert from "node:assert";
import {
  admissionProblem,
  admittedPattern,
  imageFolder,
} from "../../../components/rotation/imageReference";

const DIGEST = `@sha256:${"0".repeat(64)}`;
const admitted = (folder: string, byDigest = true, further: readonly string[] = []) => ({
  folders: [folder],
  byDigest,
  further,
});

describe("The images that are admitted", () => {
  it("are those of the folder of an image, whatever its registry is called", () => {
    for (const image of [
      `app${DIGEST}`,
      `a.b/c/app${DIGEST}`,
      `[2001:db8::1]:5000/app:1${DIGEST}`,
    ]) {
      const pattern = new RegExp(admittedPattern(admitted(imageFolder(image))));
      assert.match(image, pattern);
      assert.doesNotMatch(`x/${image}`, pattern);
      assert.doesNotMatch(`${image}0`, pattern);
    }
    assert.doesNotMatch(`axb/c/app${DIGEST}`, new RegExp(admittedPattern(admitted("a.b/c"))));
  });

  it("have digests where that is asked for, and need none elsewhere", () => {
    assert.doesNotMatch("a/app:1", new RegExp(admittedPattern(admitted("a"))));
    assert.match("a/app:1", new RegExp(admittedPattern(admitted("a", false))));
  });

  it("include those in force, or the run is refused with the command that helps", () => {
    const inForce = [`a/app:1${DIGEST}`, "b/tools:1"];
    assert.strictEqual(admissionProblem(admitted("a", true, ["b/tools:1"]), inForce), undefined);
    assert.strictEqual(admissionProblem(admitted("a"), []), undefined);
    assert.match(
      admissionProblem(admitted("a", true, ["c/side:1"]), inForce)!,
      /^The pods in force have b\/tools:1, which .* pulumi config set rotation:admittedImages c\/side:1,b\/tools:1$/,
    );
  });
});
