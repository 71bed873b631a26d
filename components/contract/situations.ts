import {
  type ChartKeys,
  deliveredName,
  type DeliveryKind,
  filledValues,
  type NamingKeys,
  type Placeholder,
  retiredName,
} from "../chart";
import { namesOf, podNames, SLOTS, type SlotName } from "../plan";
import type { Declared, RenderName, SlotNames } from "./subject";

/** When and for which slot a chart is rendered. */
export interface Situation {
  readonly slot: SlotName;
  /** Counter value at which the slot's credential was made. */
  readonly generation: number;
  /** Version of the vault secret; empty in a retired slot. */
  readonly version: string;
  readonly replicas: number;
}

/** Versions of a vault secret that no vault has. */
const VERSION = "0123456789abcdef0123456789abcdef";
const OTHER_VERSION = "fedcba9876543210fedcba9876543210";

const BLUE: Situation = { slot: "blue", generation: 4, version: VERSION, replicas: 3 };

/** The situations that the contract is judged by. */
export const SITUATIONS: Readonly<Record<RenderName, Situation>> = {
  blue: BLUE,
  green: { ...BLUE, slot: "green", generation: 5 },
  again: BLUE,
  otherVersion: { ...BLUE, version: OTHER_VERSION },
  atZero: { ...BLUE, replicas: 0 },
  retired: { ...BLUE, version: "", replicas: 0 },
  elsewhere: BLUE,
};

/** Name of a release that nobody has, to see what a chart names after it. */
const ELSEWHERE = "elsewhere";

/** What the release of a render is called. */
export function releaseOf(keys: NamingKeys, render: RenderName): string {
  return render === "elsewhere" ? ELSEWHERE : namesIn(keys, SITUATIONS[render]).release;
}

/** A digest of pods that there are not. */
export const TEMPLATE = "0123456789ab";

/** What a slot's things are called in a situation. */
export function namesIn({ application, strategy }: NamingKeys, situation: Situation): SlotNames {
  const { slot, version } = situation;
  // A retired slot has neither; charts insist on a name.
  const delivered = (by: DeliveryKind) =>
    version === ""
      ? retiredName(application, slot, { by })
      : deliveredName(application, situation, { by }, version);
  return {
    slot,
    role: namesOf(application).slot(slot).role,
    ...podNames(application, slot, strategy),
    secret: delivered("secret"),
    class: delivered("file"),
  };
}

const IMAGE = { repository: "registry.example.com/contract", tag: "1.0.0" } as const;

/** The image that a chart is judged with. */
export const APP_IMAGE = `${IMAGE.repository}:${IMAGE.tag}`;

/** Values of a chart in a situation, with a database, an identity and an image that there are not. */
export function valuesIn(
  values: string,
  { fileName, ...keys }: NamingKeys & Pick<ChartKeys, "fileName">,
  situation: Situation,
): Record<string, unknown> {
  const { account, class: className, role, secret } = namesIn(keys, situation);
  const known = {
    ...situation,
    ...IMAGE,
    image: APP_IMAGE,
    role,
    account,
    secret,
    class: className,
    file: `/mnt/secrets/${fileName}`,
    host: "psql-contract.postgres.database.azure.com",
    port: 5432,
    database: namesOf(keys.application).database,
    clientId: "00000000-0000-0000-0000-000000000000",
    poolSize: 5,
    preStopSeconds: 90,
    terminationGracePeriodSeconds: 151,
    minReadySeconds: 15,
    progressDeadlineSeconds: 570,
    template: TEMPLATE,
    describe: false,
  } satisfies Readonly<Record<Placeholder, unknown>>;
  return filledValues(values, ({ filled }) => filled(known));
}

/** Port of a Service that is named without one. */
export const HTTP_PORT = 80;

/** The Service that `service` names in each slot: `NAME` or `NAME:PORT`, with `{release}`. */
export function serviceOf({
  application,
  service,
  strategy,
}: NamingKeys & Pick<ChartKeys, "service">): Declared["service"] {
  const [name = "", port = HTTP_PORT] = service.split(":");
  const names = SLOTS.map((slot) => [
    slot,
    name.replace("{release}", podNames(application, slot, strategy).release),
  ]);
  return { name: Object.fromEntries(names) as Declared["service"]["name"], port: Number(port) };
}
