import assert from "node:assert";
import { prepareRecipe } from "../../../twin/kubernetes/kubelet/recipes";
import type { KubeObject } from "../../../twin/kubernetes/api/objects";
import { asSuperuser } from "../../clients/checks";
import { rehearsalImage } from "../../rig/images";
import { LEGACY } from "../../rig/legacyDatabase";
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
  const environment = {
    PGHOST: host,
    PGPORT: `${port}`,
    PGDATABASE: LEGACY.database,
    PGUSER: role,
  };
  const reference = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: NAME };
  await rig.twin.call("apply", deployment(environment, secret));
  await rig.twin.call("rolledOut", reference);
  const { rows } = await asSuperuser(
    await rig.superuser(),
    LEGACY.database,
    "SELECT tableowner AS owner FROM pg_tables WHERE tablename = 'tasks'",
  );
  assert.deepStrictEqual(rows, [{ owner: LEGACY.role }]);
  await rig.twin.call("remove", reference);
}

function deployment(environment: Record<string, string>, secret: string): KubeObject {
  const labels = { app: NAME };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace: "shop", labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "migration",
              image: rehearsalImage("recipe-node:1.0.0"),
              ports: [{ containerPort: PORT }],
              env: [
                ...Object.entries(environment).map(([name, value]) => ({ name, value })),
                {
                  name: "PGPASSWORD",
                  valueFrom: { secretKeyRef: { name: secret, key: "password" } },
                },
              ],
              readinessProbe: { httpGet: { path: "/health", port: PORT }, timeoutSeconds: 5 },
            },
          ],
        },
      },
    },
  };
}
