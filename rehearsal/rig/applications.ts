import type { RecipeName } from "../../twin/kubernetes/kubelet/recipes";
import { rehearsalImage } from "./images";

/** What can be rehearsed: the sample application, one that knows nothing of rotations, and recipes. */
export const APPLICATIONS = ["app", "plain", "python", "java", "node"] as const;
export type ApplicationName = (typeof APPLICATIONS)[number];

/** How it can get its password: in a Secret that the program makes, or the vault's driver. */
export const DELIVERIES_REHEARSED = ["file", "secret", "secret-from-vault"] as const;
export type RehearsedDelivery = (typeof DELIVERIES_REHEARSED)[number];

/** The application under rehearsal. */
export interface RehearsedApplication {
  readonly name: ApplicationName | "worker";
  readonly delivery: RehearsedDelivery;
  /**
   * Whether its answers say which slot and generation gave them. Otherwise requests count by their
   * status, and who serves is known from the gateway and from the sessions in the database.
   */
  readonly describes: boolean;
  /** Whether it has requests of half a minute and streams of events. */
  readonly hasLong: boolean;
  /** Whether it makes its tables itself; otherwise somebody else does, as a team's migration would. */
  readonly makesTables: boolean;
  /** What has to be installed on this machine first. */
  readonly recipe?: RecipeName;
  /** What the stack's configuration says besides its file, by key. */
  readonly settings: Readonly<Record<string, string>>;
}

/** In `images/app`, with the project's own chart. */
export const SAMPLE: RehearsedApplication = {
  name: "app",
  delivery: "file",
  describes: true,
  hasLong: true,
  makesTables: false,
  settings: {},
};

/** In `images/worker`, for scenarios: a queue in the database, and pods without traffic that work it off. */
export const WORKER: RehearsedApplication = {
  name: "worker",
  delivery: "file",
  describes: false,
  hasLong: false,
  makesTables: true,
  settings: {
    "rotation:chart": "charts/worker",
    "rotation:appImage": rehearsalImage("worker:1.0.0"),
    "rotation:service": "{release}-web",
    "rotation:proofBy": "status",
    "rotation:proofPath": "/",
    "rotation:connections": "40",
    "rotation:actAs": "owner",
    "rotation:trial": "none",
  },
};

/** A chart as strangers write it; only the values know the program. */
const CHART = "charts/plain";

/**
 * The application to rehearse.
 *
 * @throws Error when the application does not go with that way to get its password
 */
export function applicationOf(
  name: ApplicationName = "app",
  delivery: RehearsedDelivery = "file",
): RehearsedApplication {
  if (name === "app") {
    if (delivery !== "file") {
      throw new Error(
        "The application app reads its password from a file; those that can have a Secret are " +
          `${APPLICATIONS.filter((each) => each !== name).join(", ")}.`,
      );
    }
    return SAMPLE;
  }
  const image = name === "plain" ? name : `recipe-${name}`;
  return {
    name,
    delivery,
    describes: false,
    hasLong: false,
    makesTables: true,
    ...(name !== "plain" && { recipe: name }),
    settings: settingsOf(image, delivery),
  };
}

function settingsOf(image: string, delivered: RehearsedDelivery): Record<string, string> {
  const delivery = delivered === "file" ? "file" : "secret";
  return {
    "rotation:chart": CHART,
    "rotation:values": `${CHART}.${delivery}.values.yaml`,
    "rotation:appImage": rehearsalImage(`${image}:1.0.0`),
    "rotation:service": "{release}-web:8000",
    "rotation:proofBy": "status",
    "rotation:proofPath": "/",
    // It makes its tables itself, and has no pod to try settings with.
    "rotation:actAs": "owner",
    "rotation:trial": "none",
    "rotation:delivery": delivery,
    ...(delivered === "secret-from-vault" && { "rotation:secretFrom": "vault" }),
  };
}
