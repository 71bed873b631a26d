import type * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { SlotShapes } from "../chart";

/** Where a stack's facts are found, for the commands besides the program. Not secret. */
export interface Connections {
  readonly namespace: string;
  readonly vault: { readonly name: string; readonly uri: string };
  readonly database: { readonly host: string; readonly port: number; readonly name: string };
  readonly cluster: ApiServer;
  /** The objects of both slots' releases; undefined on a stack of an earlier version. */
  readonly objects?: SlotShapes;
  /** Name of an Ingress that was taken over; undefined where it is called after the application. */
  readonly ingress?: string;
}

/** The API server of a cluster; who asks it brings a login of their own. */
export interface ApiServer {
  readonly server: string;
  /** Certificate of its authority, PEM in base64. */
  readonly authority: string;
}

export type ConnectionOutputs = {
  readonly [K in Exclude<keyof Connections, "ingress" | "objects">]: pulumi.Output<Connections[K]>;
} & Pick<Connections, "ingress">;

/** Host name of an API server; empty while it has no address. */
export function hostOf({ server }: Pick<ApiServer, "server">): string {
  return URL.canParse(server) ? new URL(server).hostname : "";
}

/** @param encoded base64, as `listClusterUserCredential` returns it */
export function apiServerOf(encoded: string): ApiServer {
  const { clusters } = parse(Buffer.from(encoded, "base64").toString("utf8")) as {
    clusters?: { cluster: { server: string; "certificate-authority-data": string } }[];
  };
  const cluster = clusters?.[0]?.cluster;
  return {
    server: cluster?.server ?? "",
    authority: cluster?.["certificate-authority-data"] ?? "",
  };
}
