import type { NodeDemand } from "../../components/plan";
import type { Arm, CloudAddresses } from "./arm";
import type { Finding } from "./finding";
import type { Planned } from "./planned";
import type { Web } from "./web";

/** What settings say that no resource of Azure does. */
export interface StackSettings {
  /** Hosts that lead to the gateway. */
  readonly hosts: readonly string[];
  /** Image references by their key. */
  readonly images: Readonly<Record<"appImage" | "toolsImage", string>>;
  /** Connections that the database has to allow; 0 for what Azure sets for its size. */
  readonly serverConnections: number;
  /** What the application asks of the nodes; undefined where the contract's file does not say. */
  readonly demand: NodeDemand | undefined;
  /** What the proofs ask instead of the gateway; empty when not set. */
  readonly proofAddress: string;
}

/** Whoever is logged in to Azure. */
export interface Login {
  readonly objectId: string;
  readonly tenantId: string;
  /** A person, and not a service principal. */
  readonly isUser: boolean;
  /** What `pulumi up` would build in. */
  readonly subscriptionId: string;
}

/** Everything that questions are asked with. */
export interface Asking {
  /** Name of the stack. */
  readonly stack: string;
  readonly planned: Planned;
  readonly settings: StackSettings;
  readonly login: Login;
  readonly arm: Arm;
  readonly cloud: CloudAddresses;
  readonly web: Web;
  /** Addresses of a host; rejects with a code, as `ENOTFOUND`, where there is none. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly now: Date;
}

/** Something that can be asked, and refused, by itself. */
export interface Check {
  /** What is asked, where nothing of it could be. */
  readonly what: string;
  /** Role that is enough to ask, on the subscription. */
  readonly role: string;
  /** What the role has to allow, where it is none of Azure's own. */
  readonly roleActions?: readonly string[];
  readonly ask: (asking: Asking) => Promise<readonly Finding[]>;
}

/** Reads everything and no secret. */
export const READER = "Reader";

/**
 * The command that lets somebody ask, or do, something.
 *
 * @param condition in Azure's language, without a double quote; none when not given
 */
export function grantCommand(
  { objectId, isUser }: Login,
  role: string,
  scope: string,
  condition?: string,
): string {
  const type = isUser ? "User" : "ServicePrincipal";
  return (
    `az role assignment create --assignee-object-id ${objectId} --assignee-principal-type ${type} ` +
    `--role "${role}" --scope ${scope}` +
    (condition === undefined ? "" : ` --condition "${condition}" --condition-version 2.0`)
  );
}
