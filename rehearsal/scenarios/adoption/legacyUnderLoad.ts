import { setTimeout as pause } from "node:timers/promises";
import { ADOPTION } from "../../../components";
import { rehearsalImage } from "../../rig/images";
import { LEGACY, makeLegacyDatabase } from "../../rig/legacyDatabase";
import { deployLegacy, loginOf } from "../../rig/legacyWorkload";
import type { Rig } from "../../rig/rig";
import { PRODUCTION_HOST } from "../../rig/stackFile";
import { ScenarioStack } from "../stack/scenarioStack";

/** Whom the platform's team logs in to the server as. */
const ADMINISTRATOR = "rotation_admin";

/** As docs/adopt.md calls them. */
const NAMESPACE = "shop";
const SERVICE = { name: "shop-web", port: 8000 } as const;

/** What a deployment of this size had before; both slots are as large. */
const REPLICAS = 2;

const PAUSE_MS = 200;
const SERVED_MS = 60_000;

/** The password of the legacy login, as its pods get it. */
export async function passwordOf({ twin }: Rig): Promise<string> {
  const secret = await twin.call("get", loginOf(NAMESPACE, SERVICE.name));
  const { PGPASSWORD = "" } = secret?.["data"] as Record<string, string>;
  return Buffer.from(PGPASSWORD, "base64").toString();
}

/**
 * A platform of another team, and on it an application as docs/adopt.md begins with, under load. Its
 * stack was never deployed.
 */
export async function legacyUnderLoad(rig: Rig, rate: number): Promise<ScenarioStack> {
  const address = await rig.makePlatform();
  const keys = ["rotation:certificateName", "rotation:preStopSeconds"] as const;
  const settings = await rig.workspace.settings(keys);
  const [certificate = "", preStop = ""] = settings.map(([, value]) => value);
  const server = await rig.superuser();
  const password = await makeLegacyDatabase(server, ADMINISTRATOR);
  await deployLegacy(rig.twin, {
    namespace: NAMESPACE,
    image: rehearsalImage("plain:1.0.0"),
    env: {
      PGHOST: server.host,
      PGPORT: `${server.port}`,
      PGDATABASE: LEGACY.database,
      PGUSER: LEGACY.role,
    },
    secretEnv: { PGPASSWORD: password },
    service: SERVICE,
    path: "/health",
    ingress: SERVICE.name,
    host: PRODUCTION_HOST,
    certificate,
    preStopSeconds: Number(preStop),
    replicas: REPLICAS,
  });
  await untilServed(rig);
  await rig.startLoad(address, rate);
  return ScenarioStack.before(rig, ADOPTION);
}

/** The gateway does not say when it has followed the Ingress. */
async function untilServed(rig: Rig): Promise<void> {
  const deadline = Date.now() + SERVED_MS;
  for (;;) {
    const { status } = await rig.ask(PRODUCTION_HOST);
    if (status === 200) {
      return;
    }
    if (Date.now() >= deadline) {
      throw new Error(`Production still answers ${status}, with nothing of ours in the way.`);
    }
    await pause(PAUSE_MS);
  }
}
