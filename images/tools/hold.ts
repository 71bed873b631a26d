/** The longest time that a timer takes. */
const LONG_MS = 2 ** 31 - 1;
/**
 * The driver takes the owners off the Secret whenever it writes it, and puts those of its pods back every
 * 5 seconds. For a pod that ends it writes nothing any more, so once that time is over the Secret has its
 * owner, and goes with it.
 */
const OWNED_MS = 10_000;

/**
 * Does nothing until it is told to end, and a little longer. Its pod is there for what it has mounted: as
 * long as it is, the vault's driver keeps the Secret that it writes from that.
 */
export function hold(): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, LONG_MS);
    // As process 1 of a container, Node would ignore it.
    process.once("SIGTERM", () => {
      setTimeout(() => {
        clearInterval(alive);
        resolve();
      }, OWNED_MS);
    });
    console.log("Holding what is mounted.");
  });
}
