import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Starts the browser of this machine; none is installed by this project.
 *
 * @throws Error with what to install when there is none
 */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(), chromiumSandbox: false });
}

async function findChromium(): Promise<string> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      if (
        await access(file).then(
          () => true,
          () => false,
        )
      ) {
        return file;
      }
    }
  }
  throw new Error(`There is none of ${NAMES.join(", ")} on PATH. Install Chromium or Chrome.`);
}
