import { textAt, type PlainObject } from "../arm/plain";
import { type Asked, inSubscription, type Route } from "./route";

/** Which names are free in all of Azure. */
export const nameRoutes: readonly Route[] = [
  {
    method: "POST",
    path: inSubscription("/providers/Microsoft.KeyVault/checkNameAvailability"),
    action: "Microsoft.KeyVault/checkNameAvailability/read",
    answer: (asked) =>
      availability(asked, asked.cloud.vaults.has(textAt(asked.body, "name").toLowerCase())),
  },
  {
    method: "POST",
    path: inSubscription("/providers/Microsoft.ContainerRegistry/checkNameAvailability"),
    action: "Microsoft.ContainerRegistry/checkNameAvailability/read",
    answer: (asked) =>
      availability(asked, isNamed(asked, "Microsoft.ContainerRegistry/registries")),
  },
  {
    method: "POST",
    path: inSubscription("/providers/Microsoft.DBforPostgreSQL/checkNameAvailability"),
    action: "Microsoft.DBforPostgreSQL/checkNameAvailability/action",
    answer: (asked) =>
      availability(asked, isNamed(asked, "Microsoft.DBforPostgreSQL/flexibleServers")),
  },
];

function isNamed({ body, cloud }: Asked, armType: string): boolean {
  const name = textAt(body, "name").toLowerCase();
  return cloud.resources.all(armType).some((resource) => resource.name.toLowerCase() === name);
}

function availability({ body, situation }: Asked, isOurs: boolean): PlainObject {
  const name = textAt(body, "name");
  return isOurs || situation.takenNames.has(name)
    ? {
        nameAvailable: false,
        reason: "AlreadyExists",
        message: `The name '${name}' is already in use.`,
      }
    : { nameAvailable: true };
}
