import assert from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { standardImages } from "../../../../twin/kubernetes/kubelet/images";
import { prepareRecipe, RECIPES } from "../../../../twin/kubernetes/kubelet/recipes";

/** That they run is in test/images/recipes. */
describe("a recipe that has not been prepared", () => {
  const { PATH, XDG_CACHE_HOME } = process.env;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "recipes-"));
    process.env.XDG_CACHE_HOME = folder;
    process.env.PATH = folder;
  });

  after(async () => {
    Object.assign(process.env, { PATH, XDG_CACHE_HOME });
    if (XDG_CACHE_HOME === undefined) {
      delete process.env.XDG_CACHE_HOME;
    }
    await rm(folder, { recursive: true });
  });

  it("is no image", () => {
    for (const name of RECIPES) {
      assert.strictEqual(standardImages(`registry.example/recipe-${name}:1.0.0`), undefined);
    }
  });

  it("cannot be where its language is not, and says what is missing", async () => {
    const said = await Promise.all(
      RECIPES.map((name) => prepareRecipe(name).catch((error: Error) => error.message)),
    );
    assert.deepStrictEqual(said, [
      "The recipe node needs npm on PATH.",
      "The recipe python needs python3 on PATH.",
      "The recipe java needs java and mvn on PATH.",
    ]);
  });
});
