import type { CertificateAuthority } from "./certificates";
import type { Addresses } from "./addresses";
import type { Journal } from "./journal";

/** What every stand-in shares: a folder, addresses, one certificate authority, one journal. */
export interface World {
  /** Folder that holds everything the twin writes; removed by whoever started the twin. */
  readonly directory: string;
  readonly addresses: Addresses;
  readonly authority: CertificateAuthority;
  readonly journal: Journal;
}
