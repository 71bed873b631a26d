/**
 * Gives every endpoint and every pod a loopback address of its own, so that ports and TLS stay as
 * in the cloud. Linux answers on all of 127.0.0.0/8 without configuration.
 */
export class Addresses {
  private next = 1;

  /**
   * @param block second byte of the addresses, 1 to 254: two twins on one machine use two blocks
   */
  constructor(private readonly block: number) {
    if (!Number.isInteger(block) || block < 1 || block > 254) {
      throw new RangeError(`An address block is a whole number from 1 to 254, not ${block}.`);
    }
  }

  /** A fresh address; addresses are never used twice, as with pods. */
  allocate(): string {
    const index = this.next++;
    if (index >= 254 * 254) {
      throw new RangeError("The twin ran out of loopback addresses.");
    }
    return `127.${this.block}.${Math.floor(index / 254)}.${(index % 254) + 1}`;
  }
}
