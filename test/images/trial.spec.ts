import * as assert from "node:assert/strict";
import { prove } from "../support/images";
import { loopbackAddress, LoopbackServer } from "../support/loopback";
import { RIGHT, VERSION } from "../support/proofs";
import { says } from "../support/says";

/** What the pod says of its readiness and to a question, in turn, the last one for ever. */
interface Pod {
  readonly readiness?: readonly number[];
  readonly answers?: readonly (object | string | number)[];
}

/** Proves what the command makes of a pod's answers; the container runs beside it in a cluster. */
describe("The trial of a pod", function () {
  this.timeout(30_000);

  async function trial({ readiness = [200], answers = [RIGHT] }: Pod, seconds = 10) {
    const asked = { readiness: 0, answers: 0 };
    const inTurn = <T>(list: readonly T[], at: number): T => list[Math.min(at, list.length - 1)]!;
    const pod = await LoopbackServer.start((request, response) => {
      if (request.url === "/readyz") {
        response.writeHead(inTurn(readiness, asked.readiness++)).end();
        return;
      }
      const answer = inTurn(answers, asked.answers++);
      response.writeHead(typeof answer === "number" ? answer : 200);
      response.end(typeof answer === "object" ? JSON.stringify(answer) : `${answer}`);
    }, 8080);
    const proof = await prove("trial", settings(pod.address, seconds));
    await pod.stop();
    return { ...proof, asked, paths: pod.requests.map(({ path }) => path) };
  }

  const settings = (address: string, seconds: number): Record<string, string> => ({
    ...{ POD_IP: address, PORT: "8080" },
    ...{ SLOT: "blue", GENERATION: "4", SECRET_VERSION: VERSION, ROLE: "app_blue" },
    ...{ PROOF_BY: "description", ANSWERS: "3", TIMEOUT_SECONDS: `${seconds}` },
  });

  it("waits for readiness and takes as many answers in a row as it is told", async () => {
    const { code, evidence, asked, paths } = await trial({
      readiness: [503, 503, 200],
      answers: [RIGHT, 503, "not JSON", RIGHT],
    });
    assert.equal(code, 0);
    const { slot, generation, secretVersion, sessionUser, inARow, otherAnswers } = evidence;
    assert.deepEqual({ slot, generation, secretVersion, sessionUser }, RIGHT);
    assert.deepEqual([inARow, otherAnswers], [3, 2]);
    assert.deepEqual(asked, { readiness: 3, answers: 6 });
    assert.deepEqual(paths.slice(0, 4), ["/readyz", "/readyz", "/readyz", "/"]);
  });

  it("asks nothing of a pod that is never ready, and cannot decide", async () => {
    const { code, evidence, asked } = await trial({ readiness: [503] }, 1);
    assert.equal(code, 3);
    says(String(evidence.reason), "pod did not become ready in time");
    assert.equal(evidence.readiness, 503);
    assert.equal(asked.answers, 0);
  });

  it("cannot decide when nobody listens", async () => {
    const { code, evidence } = await prove("trial", settings(loopbackAddress(), 1));
    assert.equal(code, 3);
    assert.match(String(evidence.reason), /ECONNREFUSED/);
  });

  it("cannot decide when the pod always answers with a failure", async () => {
    const { code, evidence } = await trial({ answers: [500] }, 1);
    assert.equal(code, 3);
    assert.equal(evidence.lastOther, "status 500");
  });

  const wrong: [string, object, RegExp][] = [
    ["slot", { ...RIGHT, slot: "green" }, /slot "green"/],
    ["generation", { ...RIGHT, generation: 2 }, /generation 2/],
    ["secret version", { ...RIGHT, secretVersion: "f".repeat(32) }, /secretVersion "f{32}"/],
    ["session user", { ...RIGHT, sessionUser: "app_rw" }, /sessionUser "app_rw"/],
  ];

  for (const [what, answer, reason] of wrong) {
    it(`fails at once on another ${what}, because nobody else can have answered`, async () => {
      const { code, evidence, asked } = await trial({ answers: [RIGHT, answer, RIGHT] });
      assert.equal(code, 1);
      assert.match(String(evidence.reason), reason);
      assert.equal(asked.answers, 2);
    });
  }
});
