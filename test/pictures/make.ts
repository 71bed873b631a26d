import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Browser } from "playwright-core";
import { readResult } from "../../rehearsal/report/files";
import type { RehearsalResult } from "../../rehearsal/result/result";
import { launchChromium } from "../support/chromium";
import { filmOf } from "./film";
import { readRecording, record } from "./recording";

const ROOT = join(__dirname, "..", "..");
const PICTURES = join(ROOT, "docs", "pictures");
const SCHEMES = ["light", "dark"] as const;

/** Of the report what convinces at a glance: the figures, and how the first rotation went. */
const PART = `
  main { padding-bottom: 8px; }
  main > section, details, figure:nth-of-type(n + 4) { display: none; }
  main > section:has([id="rotation-1-steps-wide-title"]) { display: block; }
  h2 { margin-top: 24px; }
  figure { margin: 16px 0 0; }
`;

/**
 * Makes the pictures of the README from one run: the report as a page, and the terminal as a film.
 * Without `--from` it makes the run; `--rate` is that of the rehearsal.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { from: { type: "string" }, rate: { type: "string" } },
  });
  const folder = values.from ?? "out";
  if (values.from === undefined) {
    await record(folder, values.rate === undefined ? [] : ["--rate", values.rate]);
  }
  const { command, commit, startedAt, chunks } = await readRecording(folder);
  const { requests, rotations } = (await readResult(join(ROOT, folder))) as RehearsalResult;
  const run = {
    command,
    commit,
    date: new Date(startedAt).toISOString(),
    rotations: rotations.length,
    requests: requests.sent,
    failed: requests.failed,
  };
  const film = filmOf({
    title: "A rehearsal in a terminal",
    description:
      `${command}, at commit ${commit}, ${run.date}: ${run.rotations} rotations, ` +
      `${run.requests} requests, ${run.failed} failed. As promised.`,
    command,
    chunks,
  });
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, "terminal.svg"), film);
  const browser = await launchChromium();
  try {
    for (const colorScheme of SCHEMES) {
      await writeFile(
        join(PICTURES, `report-${colorScheme}.webp`),
        await pictureOf(browser, join(ROOT, folder, "report.html"), colorScheme),
      );
    }
  } finally {
    await browser.close();
  }
  await writeFile(join(PICTURES, "run.json"), `${JSON.stringify(run, undefined, 2)}\n`);
}

/** A part of the report, as WebP: the browser makes it, at half the size of a PNG or less. */
async function pictureOf(
  browser: Browser,
  report: string,
  colorScheme: (typeof SCHEMES)[number],
): Promise<Buffer> {
  const page = await browser.newPage({
    viewport: { width: 900, height: 600 },
    deviceScaleFactor: 2,
    colorScheme,
  });
  await page.goto(pathToFileURL(report).href);
  await page.addStyleTag({ content: PART });
  const png = `data:image/png;base64,${(await page.screenshot({ fullPage: true })).toString("base64")}`;
  const webp = await page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = "${png}";
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.85);
  })()`);
  await page.close();
  return Buffer.from(webp.slice(webp.indexOf(",") + 1), "base64");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
