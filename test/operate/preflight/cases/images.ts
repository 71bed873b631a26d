import { type Change, type PreflightBench } from "../../../support/preflight";
import { type Case, given, GROUP_NAME, LOCATION } from "./case";

/** The platform's registry, once there is one. */
async function withRegistry(bench: PreflightBench, appImage: string): Promise<Change> {
  const name = bench.idOf("platform-registry").split("/").at(-1)!;
  const undo = await given(
    bench,
    ["resources:ResourceGroup", { resourceGroupName: GROUP_NAME, location: LOCATION }],
    [
      "containerregistry:Registry",
      {
        resourceGroupName: GROUP_NAME,
        registryName: name,
        location: LOCATION,
        sku: { name: "Premium" },
      },
    ],
  );
  const server = `${name}.azurecr.io`;
  const images = {
    appImage: appImage.replace("OURS", server),
    toolsImage: `${server}/rotation/tools:1.0.0`,
  };
  return {
    made: ["platform", "platform-registry"],
    settings: { images },
    ...{ undo },
  };
}

export const IMAGE_CASES: readonly Case[] = [
  {
    title: "an image that is not in the registry",
    make: (bench) => withRegistry(bench, "OURS/rotation/app:9.9.9"),
    what: "image rotation:appImage",
    why: /^crapp\w+\.azurecr\.io has no rotation\/app:9\.9\.9$/,
    help: [
      /^az acr login --name "crapp\w+\.azurecr\.io"$/,
      /^docker build -t "\S+\/rotation\/app:9\.9\.9" images\/app && docker push /,
      /^pulumi config set rotation:appImage "\S+@<the digest that the push prints>"$/,
    ],
  },
  {
    title: "an image in a registry that is not reached",
    make: (bench) => withRegistry(bench, "registry.invalid/app:1"),
    state: "could not ask",
    what: "image rotation:appImage",
    why: /^registry\.invalid .*: ENOTFOUND/,
    help: [/^nslookup registry\.invalid /],
  },
  {
    title: "an image in a registry that lets in nobody without a login",
    make: (bench) => withRegistry(bench, "other.azurecr.io/rotation/app:1.0.0"),
    state: "could not ask",
    what: "image rotation:appImage",
    why: /^other\.azurecr\.io refused with 401/,
    help: [],
  },
];
