import assert from "node:assert";
import { prepareRecipe } from "../../../twin/kubernetes/kubelet/recipes";
import { asSuperuser } from "../../clients/checks";
import { rehearsalImage } from "../../rig/images";
import { LEGACY } from "../../rig/legacyDatabase";
import { teamDeployment } from "../../rig/legacyWorkload";
import type { ScenarioStack } from "../stack/scenarioStack";

const NAME = "shop-migration";
const PORT = 3000;

/** What the stack says of the credential in service, for pods of others. */
interface Live {
  readonly role: string;
  readonly secret: string;
}

/**
 * Migrates the schema with a real tool, Knex, in a pod of the team's that logs in with the credential
 * in service; what it makes belongs to the legacy role, as ever.
 */
export async function migrate({ rig }: ScenarioStack): Promise<void> {
  await prepareRecipe("node");
  const { host, port } = await rig.superuser();
  const { role, secret } = (await rig.workspace.outputs())["live"] as Live;
  const deployment = teamDeployment({
    name: NAME,
    namespace: "shop",
    labels: { app: NAME },
    image: rehearsalImage("recipe-node:1.0.0"),
    env: { PGHOST: host, PGPORT: `${port}`, PGDATABASE: LEGACY.database, PGUSER: role },
    secretEnv: { PGPASSWORD: { name: secret, key: "password" } },
    port: PORT,
    path: "/health",
    preStopSeconds: 1,
    replicas: 1,
  });
  const { apiVersion, kind } = deployment;
  const reference = { apiVersion, kind, namespace: "shop", name: NAME };
  await rig.twin.call("apply", deployment);
  await rig.twin.call("rolledOut", reference);
  const { rows } = await asSuperuser(
    await rig.superuser(),
    LEGACY.database,
    "SELECT tableowner AS owner FROM pg_tables WHERE tablename = 'tasks'",
  );
  assert.deepStrictEqual(rows, [{ owner: LEGACY.role }]);
  await rig.twin.call("remove", reference);
}
