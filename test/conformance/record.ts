/**
 * Asks an official provider about the neighbours of the recorded cases, and writes its answers down:
 * `npm run record -- postgresql PLUGIN`, with the path of the provider's own executable.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import type { RecordedCase } from "../support/conformance";
import { Conversation } from "../support/conversation";
import { ProviderClient } from "../support/providerClient";
import { interview } from "./neighbours/interview";
import { fileOf, NEIGHBOURS, type Neighbours } from "./neighbours/neighbours";
import { RIGS } from "./rigs/rigs";

async function main([provider = "", plugin = "", version = ""]: readonly string[]): Promise<void> {
  const rig = RIGS[provider];
  const probes = NEIGHBOURS[provider];
  if (!rig || !probes || plugin === "" || version === "") {
    throw new Error("npm run record -- random|postgresql|kubernetes PLUGIN VERSION");
  }
  const child = spawn(plugin, { stdio: ["ignore", "pipe", "inherit"] });
  await rig.start?.();
  try {
    // The first line that a plugin writes is the port that it listens on.
    const [port] = (await once(createInterface(child.stdout), "line")) as [string];
    const client = await ProviderClient.connect(Number(port));
    const cases: RecordedCase[] = [];
    for (const [type, ofType] of Object.entries(probes)) {
      const begin = async () => {
        await rig.reset?.();
        const { sql } = rig;
        return new Conversation({ type }, client, { configuration: rig.configuration({}), sql });
      };
      cases.push(...(await interview(type, ofType, begin)));
    }
    client.close();
    writeFileSync(fileOf(provider), written({ provider, version, cases }));
  } finally {
    child.kill();
    await rig.stop?.();
  }
}

/** One answer in a line, so that a difference between two versions can be read. */
function written({ cases, ...head }: Neighbours): string {
  const texts = cases.map(({ steps, ...about }) => {
    const lines = steps.map((step) => `    ${JSON.stringify(step)}`).join(",\n");
    return `  ${JSON.stringify(about).slice(0, -1)},"steps":[\n${lines}\n  ]}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},"cases":[\n${texts.join(",\n")}\n]}\n`;
}

void main(process.argv.slice(2));
