import { createHash } from "node:crypto";

/** What the kubelet may add to a pause, as a share of it (`workerResyncIntervalJitterFactor`). */
const FACTOR = 0.5;

/** Pauses that are that long or up to half as much longer, the same ones in every run. */
export function jitteredFrom(seconds: number): () => number {
  let count = 0;
  return () => {
    const digest = createHash("sha256").update(String(count++)).digest();
    return seconds * (1 + (FACTOR * digest.readUInt32BE()) / 2 ** 32);
  };
}
