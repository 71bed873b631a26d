import { afterPromotion } from "./afterPromotion.ts";
import { beforePromotion } from "./beforePromotion.ts";
import { drained } from "./drained.ts";
import { interrupted, judge } from "./evidence.ts";
import type { Proof } from "./evidence.ts";
import { free } from "./free.ts";
import { hold } from "./hold.ts";
import { legacyServes } from "./legacyServes.ts";
import { refused } from "./refused.ts";
import { rolled } from "./rolled.ts";
import { trial } from "./trial.ts";
import { vacated } from "./vacated.ts";

const proofs = new Map<string, Proof>([
  ["before-promotion", beforePromotion],
  ["after-promotion", afterPromotion],
  ["legacy-serves", legacyServes],
  ["drained", drained],
  ["free", free],
  ["refused", refused],
  ["trial", trial],
  ["rolled", rolled],
  ["vacated", vacated],
]);

const HOLD = "hold";

const [name = "", ...rest] = process.argv.slice(2);
const proof = proofs.get(name);

if (rest.length > 0 || (proof === undefined && name !== HOLD)) {
  console.error(`Usage: main.ts ${[...proofs.keys(), HOLD].join(" | ")}`);
  process.exitCode = 2;
} else if (proof === undefined) {
  await hold();
} else {
  await prove(proof);
}

async function prove(proof: Proof): Promise<void> {
  // As process 1 of a container, Node would ignore SIGTERM and hold the pod until it is killed. Its log
  // goes with a pod that is taken away; whoever collects logs has this line.
  process.once("SIGTERM", () => {
    console.log(JSON.stringify(interrupted(name)));
    process.exit(143);
  });
  const { exitCode, evidence } = await judge(name, proof, process.env);
  console.log(JSON.stringify(evidence));
  process.exitCode = exitCode;
}
