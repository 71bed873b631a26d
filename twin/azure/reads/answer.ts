import type { Cloud } from "../arm/resourceType";
import type { Situation } from "../arm/situation";

/** Whom tokens are for. */
export const AUDIENCES = {
  resourceManager: "https://management.azure.com",
  graph: "https://graph.microsoft.com",
} as const;

/** What answers are made of. */
export interface Plane {
  readonly cloud: Cloud;
  readonly situation: Situation;
  /** Where it answers. */
  readonly address: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Whose token a header has; undefined when it is none, or for somebody else. */
export function principalOf(
  { cloud }: Plane,
  authorization: string,
  audience: string,
): string | undefined {
  return cloud.entra.verify(authorization.replace(/^Bearer /i, ""), audience);
}
