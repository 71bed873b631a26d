import assert from "node:assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { reportOf } from "../../rehearsal/report/report";
import { launchChromium } from "../support/chromium";
import { naiveResult, rehearsalResult } from "../support/rehearsalResult";

/**
 * What is wrong with the page as it is laid out, in sentences: it scrolls sideways, a text of a chart
 * sticks out of its chart, or two of them lie on each other. A text for the browser to run.
 */
const FLAWS = `(() => {
  const flaws = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    flaws.push("The page scrolls sideways.");
  }
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) continue;
    const texts = [...svg.querySelectorAll("text")].map((text) => ({
      name: text.textContent + " in " + svg.querySelector("title").textContent,
      box: text.getBoundingClientRect(),
    }));
    texts.forEach(({ name, box }, index) => {
      if (box.left < 0 || box.right > width || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) {
        flaws.push("Cut off: " + name);
      }
      for (const other of texts.slice(0, index)) {
        const { left, right, top, bottom } = other.box;
        if (box.left < right - 1 && left < box.right - 1 && box.top < bottom - 3 && top < box.bottom - 3) {
          flaws.push("On each other: " + name + ", " + other.name);
        }
      }
    });
  }
  for (const text of document.querySelectorAll("h1, h2, h3, p, li, dt, dd, summary, figcaption")) {
    const scrolls = text.closest(".scroll") !== null;
    if (!scrolls && text.scrollWidth > text.clientWidth + 1 && text.clientWidth > 0) {
      flaws.push("Wider than its place: " + text.textContent);
    }
  }
  return flaws;
})()`;

describe("the report in a browser", function () {
  this.timeout(120_000);
  let browser: Browser;
  let folder: string;
  let url: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "browser-spec-"));
    const file = join(folder, "report.html");
    await writeFile(file, reportOf(rehearsalResult(2), naiveResult()));
    url = pathToFileURL(file).href;
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  for (const width of [1280, 390, 320]) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`is whole, silent and loads nothing at ${width} pixels, ${colorScheme}`, async () => {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
        const seen: string[] = [];
        page.on("console", (message) => seen.push(`console: ${message.text()}`));
        page.on("pageerror", (error) => seen.push(`error: ${error.message}`));
        page.on("request", (request) => {
          if (request.url() !== url && !request.url().startsWith("data:")) {
            seen.push(`request: ${request.url()}`);
          }
        });
        await page.goto(url);
        assert.deepStrictEqual([...seen, ...(await page.evaluate<string[]>(FLAWS))], []);
        const shown = width > 760 ? "wide" : "narrow";
        assert.ok(await page.locator(`svg.${shown}`).first().isVisible());
        await page.close();
      });
    }
  }

  it("is light on paper, with nothing cut off", async () => {
    // The width of A4 without its margins.
    const page = await browser.newPage({
      viewport: { width: 680, height: 960 },
      colorScheme: "dark",
    });
    await page.emulateMedia({ media: "print" });
    await page.goto(url);
    assert.deepStrictEqual(await page.evaluate(FLAWS), []);
    // Nobody scrolls on paper.
    const wide =
      "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length";
    assert.strictEqual(await page.evaluate(wide), 0);
    const background = "getComputedStyle(document.body).backgroundColor";
    assert.strictEqual(await page.evaluate(background), "rgb(255, 255, 255)");
    await page.close();
  });
});
