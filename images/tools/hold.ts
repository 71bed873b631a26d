/** The longest time that a timer takes. */
const LONG_MS = 2 ** 31 - 1;

/**
 * Does nothing until it is told to end. Its pod is there for what it has mounted: as long as it is, the
 * vault's driver keeps the Secret that it writes from that.
 */
export function hold(): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, LONG_MS);
    // As process 1 of a container, Node would ignore it.
    process.once("SIGTERM", () => {
      clearInterval(alive);
      resolve();
    });
  });
}
