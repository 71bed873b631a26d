import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { unknownNameHelp } from "../facts/unknownName";

/** What is made through a host that a private zone may name: the database, and the API server. */
const THROUGH_HOSTS = /^(postgresql|kubernetes):/;

/**
 * Says once what it means that a provider found no address for a name, beside the provider's own text. It
 * never tries again: a run that waits for somebody to link a zone would hold the stack's lock.
 */
export function adviseOnUnknownName(name: string): pulumi.ResourceTransformation {
  let isAdvised = false;
  // When the engine calls it, the hook would not know which program it belongs to.
  const advise = AsyncResource.bind(async (errors: readonly string[]) => {
    const help = unknownNameHelp(errors.join("\n"));
    if (help !== undefined && !isAdvised) {
      isAdvised = true;
      await pulumi.log.warn(help);
    }
    return false;
  });
  const hook = new pulumi.ErrorHook(name, ({ errors }) => advise(errors));
  return ({ type, props, opts }) =>
    THROUGH_HOSTS.test(type)
      ? { props, opts: pulumi.mergeOptions(opts, { hooks: { onError: [hook] } }) }
      : undefined;
}
