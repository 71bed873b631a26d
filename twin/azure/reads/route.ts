import type { PlainObject } from "../arm/plain";
import type { Cloud } from "../arm/resourceType";
import type { Situation } from "../arm/situation";

/** A question to Azure Resource Manager, from somebody who may ask it. */
export interface Asked {
  readonly cloud: Cloud;
  readonly situation: Situation;
  readonly url: URL;
  /** `/subscriptions/<id>` of the cloud. */
  readonly subscription: string;
  /** Groups of the route's path. */
  readonly parts: Readonly<Record<string, string>>;
  readonly body: PlainObject;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** Whole path, after the subscription where it begins with one. */
  readonly path: RegExp;
  /** What whoever asks has to be allowed. */
  readonly action: string | ((parts: Readonly<Record<string, string>>) => string);
  readonly answer: (asked: Asked) => PlainObject;
}

/** What one subscription is told; groups are at the ends of paths. */
export function inSubscription(path: string): RegExp {
  return new RegExp(`^/subscriptions/(?<subscriptionId>[^/]+)${path}$`, "i");
}
