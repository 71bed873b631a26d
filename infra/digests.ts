import { join } from "node:path";
import * as digests from "../components/rotation/digests";

export { settingsDigest } from "../components/rotation/digests";

/** Digest of the chart that the slots run. */
export function chartDigest(): string {
  return digests.chartDigest(join(__dirname, "..", "charts", "app"));
}
