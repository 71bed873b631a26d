import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import type { Client } from "pg";
import type { RotationEnvironment } from "./environment";

/** The server, and whoever may change roles on it and end their sessions. */
export interface AdministratorAccess {
  readonly server: { readonly host: string; readonly port: number };
  readonly administrator: { readonly user: string; readonly password: string };
}

/**
 * A hook that does something to a role as the administrator, and warns of what it says.
 *
 * @param advice which commands go on when it fails: a failed hook is no failure of a resource, so
 * nothing else says it
 * @param verifier the role's; secret
 */
export function administratorHook(
  name: string,
  advice: string,
  { host, port, administrator, password }: RotationEnvironment["database"],
  verifier: pulumi.Output<string>,
  run: (access: AdministratorAccess, verifier: string) => Promise<string | undefined>,
): pulumi.ResourceHook {
  const known = pulumi.all([host, administrator, password, verifier]);
  // Called from the engine, the hook would not know which program it belongs to.
  const asked = AsyncResource.bind(async () => {
    const [at, user, secret, its] = await new Promise<readonly [string, string, string, string]>(
      (resolve) => void known.apply(resolve),
    );
    const access = { server: { host: at, port }, administrator: { user, password: secret } };
    const text = await run(access, its).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n${advice}`);
    });
    if (text !== undefined) {
      await pulumi.log.warn(text);
    }
  });
  return new pulumi.ResourceHook(name, () => asked());
}

/** Signals every session of a role; they end by themselves, soon. */
export async function endSessions(client: Client, role: string): Promise<number> {
  const { rows } = await client.query<{ ended: number }>(
    `SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))::int AS ended
       FROM pg_stat_activity WHERE usename = $1`,
    [role],
  );
  return rows[0]?.ended ?? 0;
}
