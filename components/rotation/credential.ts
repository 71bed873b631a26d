import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { runTime } from "./runTime";
import { scramVerifier } from "./scramVerifier";

/** A generated password with everything derived from it. */
export interface Credential {
  /** Secret. Goes only to the vault. */
  readonly password: pulumi.Output<string>;
  /** Secret. What the database role gets instead of the password. */
  readonly verifier: pulumi.Output<string>;
  /** When the password was created, ISO 8601. */
  readonly created: pulumi.Output<string>;
  /** Seconds since the epoch. */
  readonly expires: pulumi.Output<number>;
}

export interface CredentialArgs {
  /** A new generation gets a new password; nothing else does. */
  readonly generation: number;
  readonly validityDays: number;
  /** Whose credential it is; goes into the verifier's salt. */
  readonly identity: readonly string[];
  readonly opts: pulumi.CustomResourceOptions;
}

const SECONDS_PER_DAY = 86_400;

/**
 * Creates the password of one generation. Its times stay in the state until the next generation, so
 * that an `up` without a move has no changes.
 */
export function credential(name: string, args: CredentialArgs): Credential {
  // Delete the old value first: otherwise the engine would delete it at the very end of the run, as
  // an operation on a slot that serves by then.
  const opts: pulumi.CustomResourceOptions = { ...args.opts, deleteBeforeReplace: true };
  const password = new random.RandomPassword(
    `${name}-password`,
    {
      length: 40,
      // Letters and digits survive connection strings, URLs and shells: 238 bits.
      special: false,
      keepers: { generation: `${args.generation}` },
    },
    opts,
  );
  const times = new pulumi.Stash(
    `${name}-times`,
    {
      input: runTime().apply((now) => ({
        created: new Date(now).toISOString(),
        expires: Math.floor(now / 1000) + args.validityDays * SECONDS_PER_DAY,
      })),
    },
    { ...opts, ignoreChanges: ["input"], replacementTrigger: args.generation },
  ).output as pulumi.Output<{ created: string; expires: number }>;
  return {
    password: password.result,
    verifier: password.result.apply((clear) => scramVerifier(clear, args.identity)),
    created: times.created,
    expires: times.expires,
  };
}
