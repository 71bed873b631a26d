import { ArmError } from "../arm/armError";
import type { DatabaseServerHandle } from "../../world/contracts";
import { parentOf } from "../arm/resourceManager";
import { IN_GROUP, type Cloud } from "../arm/resourceType";

/** What the types of a database server and its parts have in common. */
export const SERVERS_API_VERSION = "2025-08-01";
export const SERVER = "Microsoft.DBforPostgreSQL/flexibleServers";
export const SERVER_PATH = `${IN_GROUP}/providers/${SERVER}/{serverName}`;
export const SERVER_NAME = {
  pattern: /^[a-z0-9](-?[a-z0-9])*$/,
  minLength: 3,
  maxLength: 63,
};

/** Writes below one server wait for each other in Azure by refusing. */
export const BUSY = {
  code: "ServerIsBusy",
  message: (server: string) =>
    `Cannot complete operation while server '${server.split("/").at(-1)}' is busy processing ` +
    "another operation. Try again later.",
};

/** Id of the server that a part belongs to, as the running servers are kept. */
export function serverId(childId: string): string {
  return parentOf(childId).toLowerCase();
}

export function runningServer(cloud: Cloud, childId: string): DatabaseServerHandle {
  const handle = cloud.databases.get(serverId(childId));
  if (!handle) {
    throw new ArmError(404, "ResourceNotFound", `The server of '${childId}' was not found.`);
  }
  return handle;
}
