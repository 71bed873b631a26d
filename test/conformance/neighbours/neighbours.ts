import { readFileSync } from "node:fs";
import path from "node:path";

import type { Recording } from "../../support/conformance";
import { postgresql } from "./postgresql";
import type { Probes } from "./probes";
import { random } from "./random";

/** What the official providers answered beside the recorded cases. */
export type Neighbours = Recording;

export const NEIGHBOURS: Readonly<Record<string, Probes>> = { random, postgresql };

/** What a twin refuses although the official provider takes it, by type; a README says why. */
export const UNMODELLED: Readonly<Record<string, readonly string[]>> = {
  "pulumi:providers:postgresql": [
    "awsRdsIamAuth",
    "awsRdsIamProfile",
    "awsRdsIamProviderRoleArn",
    "awsRdsIamRegion",
    "azureIdentityAuth",
    "azureTenantId",
    "clientcert",
    "gcpIamImpersonateServiceAccount",
    "sslMode",
  ],
};

export function fileOf(provider: string): string {
  return path.join(__dirname, "recorded", `${provider}.json`);
}

export function neighboursOf(provider: string): Neighbours {
  return JSON.parse(readFileSync(fileOf(provider), "utf8")) as Neighbours;
}
