import type { ProfileName } from "../components/platform/profiles";
import type { Finding } from "./rules";

/** A rule that a resource may break, for a while. */
export interface Waiver {
  /** Id of the rule, or one of its other ids. */
  readonly id: string;
  /** Logical name or token of the resource. */
  readonly resource: string;
  /** Where it holds; in every profile when left out. */
  readonly profile?: ProfileName;
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** Day on which it ends, so that somebody thinks again. */
  readonly expires: string;
}

const OWNER = "platform team";
/** Decisions that hold for as long as the architecture does are looked at once a year. */
const YEARLY = "2027-11-30";

/** Every rule that is broken on purpose. */
export const WAIVERS: readonly Waiver[] = [
  {
    id: "AZR-000390",
    resource: "azure-native:dbforpostgresql:Server",
    reason:
      "The project is about the password of an application that cannot use Microsoft Entra ID; see docs/adr/0001-why-a-password-at-all.md.",
    owner: OWNER,
    expires: YEARLY,
  },
  {
    id: "AZR-000027",
    resource: "azure-native:containerservice:ManagedCluster",
    reason:
      "The rule knows azure and calico only. Cilium enforces policies too (CKV_AZURE_7), and Azure's own policy manager ends in September 2028.",
    owner: OWNER,
    expires: YEARLY,
  },
];

/** The waiver that covers a finding; undefined when none does. */
export function waiverOf(
  { id, also, resource }: Finding,
  profile: ProfileName,
  waivers: readonly Waiver[] = WAIVERS,
): Waiver | undefined {
  return waivers.find(
    (waiver) =>
      [id, ...also].includes(waiver.id) &&
      [resource.name, resource.type].includes(waiver.resource) &&
      (waiver.profile ?? profile) === profile,
  );
}
