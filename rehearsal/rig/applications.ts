import type { Delivery } from "../../components/chart";
import { rehearsalImage } from "./images";

/** What can be rehearsed: the sample application, one that knows nothing of rotations, and recipes. */
export const APPLICATIONS = ["app", "plain", "python", "java", "node"] as const;
export type ApplicationName = (typeof APPLICATIONS)[number];

/** The application under rehearsal. */
export interface RehearsedApplication {
  readonly name: ApplicationName;
  readonly delivery: Delivery;
  /**
   * Whether its answers say which slot and generation gave them. Otherwise requests count by their
   * status, and who serves is known from the gateway and from the sessions in the database.
   */
  readonly describes: boolean;
  /** Whether it has requests of half a minute and streams of events. */
  readonly hasLong: boolean;
  /** What the stack's configuration says besides its file, by key. */
  readonly settings: Readonly<Record<string, string>>;
}

/** In `images/app`, with the project's own chart. */
export const SAMPLE: RehearsedApplication = {
  name: "app",
  delivery: "file",
  describes: true,
  hasLong: true,
  settings: {},
};

/** A chart as strangers write it; only the values know the program. */
const CHART = "charts/plain";

const IMAGES: Readonly<Record<Exclude<ApplicationName, "app">, string>> = {
  plain: "plain",
  python: "recipe-python",
  java: "recipe-java",
  node: "recipe-node",
};

/**
 * The application to rehearse.
 *
 * @throws Error when the application does not go with that way to get its password
 */
export function applicationOf(
  name: ApplicationName = "app",
  delivery: Delivery = "file",
): RehearsedApplication {
  if (name !== "app") {
    return {
      name,
      delivery,
      describes: false,
      hasLong: false,
      settings: settingsOf(name, delivery),
    };
  }
  if (delivery !== "file") {
    throw new Error(
      "The application app reads its password from a file; those that can have a Secret are " +
        `${Object.keys(IMAGES).join(", ")}.`,
    );
  }
  return SAMPLE;
}

function settingsOf(name: keyof typeof IMAGES, delivery: Delivery): Record<string, string> {
  return {
    "rotation:chart": CHART,
    "rotation:values": `${CHART}.${delivery}.values.yaml`,
    "rotation:appImage": rehearsalImage(`${IMAGES[name]}:1.0.0`),
    "rotation:service": "{release}-web:8000",
    "rotation:probePath": "/health",
    "rotation:proofBy": "status",
    "rotation:proofPath": "/",
    // It makes its tables itself, and has no pod to try settings with.
    "rotation:actAs": "owner",
    "rotation:trial": "none",
    "rotation:delivery": delivery,
    // Pods while they roll, times their pool.
    "rotation:connections": "15",
  };
}
