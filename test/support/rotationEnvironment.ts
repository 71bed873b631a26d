import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChartShape, SlotShape } from "../../components";
import type { Transition } from "../../components/plan";
import type { RotationEnvironment } from "../../components/rotation/environment";
import type { RotationArgs } from "../../components/rotation/rotation";

const VALUES = readFileSync(join(__dirname, "..", "..", "charts", "app.values.yaml"), "utf8");

const slotShape = (name: string): SlotShape => ({
  service: { name, port: 80 },
  deployment: name,
  container: "app",
  account: name,
  pods: [`app.kubernetes.io/instance=${name}`],
});

/** What the project's own chart renders to. */
export const SHAPE: ChartShape = {
  slots: { blue: slotShape("app-blue"), green: slotShape("app-green") },
  podLabels: { "app.kubernetes.io/name": "app" },
  port: 8080,
  probe: { path: "/readyz", port: 8080 },
};

/** Arguments of a rotation that no other run has left anything to, and what a test wants otherwise. */
export function rotationArgs(run: Transition, overrides: Partial<RotationArgs> = {}): RotationArgs {
  return {
    run,
    attempt: "first",
    settings: "fedcba9876543210",
    kept: { trial: undefined, vacates: false, cutsOff: false },
    environment: rotationEnvironment(),
    ...overrides,
  };
}

/** An environment as a platform provides it, with what a test wants to be otherwise. */
export function rotationEnvironment(
  overrides: Partial<RotationEnvironment> = {},
): RotationEnvironment {
  return {
    application: "app",
    namespace: "app",
    validityDays: 90,
    images: { app: "registry.example.invalid/app:1", tools: "registry.example.invalid/tools:1" },
    release: {
      replicas: 3,
      poolSize: 5,
      preStopSeconds: 90,
      rolloutSeconds: 600,
      serverConnections: 859,
      minReadySeconds: 15,
      trial: "pod",
      template: "0123456789ab",
      chart: "./charts/app",
      values: VALUES,
      shape: SHAPE,
      chartDigest: "0123456789abcdef",
      chartVersion: "1.0.0",
    },
    vault: { name: "kv-app", resourceGroupName: "rg-app", tenantId: "tenant" },
    database: {
      host: "psql.example.invalid",
      port: 5432,
      name: "app",
      administrator: "rotation_admin",
      password: "administrator-password",
      rotatorSchema: "app_rotation",
    },
    gateway: { address: "203.0.113.10", certificateName: "production" },
    hosts: {
      production: "app.example.invalid",
      blue: "blue.example.invalid",
      green: "green.example.invalid",
    },
    identities: {
      blue: { clientId: "client-blue" },
      green: { clientId: "client-green" },
      proofs: { clientId: "client-proofs" },
      retired: { clientId: "client-retired" },
    },
    proof: { answers: 50, seconds: 600, drainSeconds: 300 },
    ...overrides,
  };
}
