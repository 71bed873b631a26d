import { objectAt, textAt, type Plain, type PlainObject } from "../arm/plain";
import { demand } from "../arm/common";

/** The add-ons that the twin knows, with the settings each one takes. */
const ADD_ONS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  azureKeyvaultSecretsProvider: {
    enableSecretRotation: /^(true|false)$/,
    rotationPollInterval: /^\d+[smh]$/,
  },
  azurepolicy: { version: /^v2$/ },
  ingressApplicationGateway: { applicationGatewayId: /^\/subscriptions\// },
  omsagent: { logAnalyticsWorkspaceResourceID: /^\/subscriptions\//, useAADAuth: /^(true|false)$/ },
};

/** Checks the add-ons of a cluster and returns the enabled ones, each of which has an identity. */
export function checkAddOns(inputs: PlainObject): string[] {
  const profiles = Object.entries(objectAt(inputs, "addonProfiles") ?? {});
  profiles.forEach(([name, profile]) => checkAddOn(name, profile));
  return profiles
    .filter(([, profile]) => (profile as PlainObject)["enabled"] === true)
    .map(([name]) => name);
}

function checkAddOn(name: string, profile: Plain): void {
  const settings = ADD_ONS[name];
  demand(settings !== undefined, "InvalidParameter", `The twin knows no add-on ${name} of AKS.`);
  const config = objectAt(profile, "config") ?? {};
  for (const key of Object.keys(config)) {
    demand(
      settings[key]?.test(textAt(config, key)) ?? false,
      "InvalidParameter",
      `The add-on ${name} cannot have ${key} = ${JSON.stringify(config[key])}.`,
    );
  }
  demand(
    name !== "ingressApplicationGateway" ||
      (profile as PlainObject)["enabled"] !== true ||
      textAt(config, "applicationGatewayId") !== "",
    "InvalidParameter",
    "The add-on ingressApplicationGateway needs an applicationGatewayId: the twin's AKS makes no gateway.",
  );
}
