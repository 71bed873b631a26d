import assert from "node:assert";
import https from "node:https";
import { otherSlot, SLOTS } from "../../../components";
import { APPLICATION, NAMES } from "../../rig/stackFile";
import { type Rig } from "../../rig/rig";
import type { Identity } from "../../../twin/inspection";

/** Asserts who can read which secret of the program's vault, and that nobody else can do more. */
export async function assertVaultIsolation(rig: Rig): Promise<void> {
  const identities = await rig.twin.call("identities");
  await assertMounts(rig, identities);
  await assertRequests(rig, identities);
}

/** Through the Secrets Store CSI driver, as pods get at secrets. */
async function assertMounts(rig: Rig, identities: readonly Identity[]): Promise<void> {
  const mount = async (account: string, as: string, secret: string) =>
    verdictOf(
      await rig.twin.call("mount", APPLICATION, {
        serviceAccount: `${APPLICATION}-${account}`,
        clientId: named(identities, as).clientId,
        secretName: `${APPLICATION}-${secret}`,
      }),
    );
  for (const slot of SLOTS) {
    const other = otherSlot(slot);
    assert.deepStrictEqual(
      {
        own: await mount(slot, slot, slot),
        otherSecret: await mount(slot, slot, other),
        asOtherSlot: await mount(slot, other, other),
        rotator: await mount(slot, slot, "rotator"),
        retired: await mount(slot, slot, "retired"),
        asProofs: await mount(slot, "proofs", "rotator"),
        proofOfOwn: await mount(`proof-${slot}`, slot, slot),
        proofOfOther: await mount(`proof-${slot}`, other, other),
        proofOfRotator: await mount(`proof-${slot}`, "proofs", "rotator"),
        proofsReadSlot: await mount(`proof-${slot}`, "proofs", slot),
        proofOfRetired: await mount(`proof-${slot}`, "retired", "retired"),
        answersOfOwn: await mount(`answers-${slot}`, slot, slot),
        answersOfOther: await mount(`answers-${slot}`, other, other),
        answersOfRotator: await mount(`answers-${slot}`, "proofs", "rotator"),
        drainedOfRotator: await mount("drained", "proofs", "rotator"),
        drainedOfSlot: await mount("drained", slot, slot),
        drainedOfRetired: await mount("drained", "retired", "retired"),
        refusedOfRotator: await mount("refused", "proofs", "rotator"),
        refusedOfRetired: await mount("refused", "retired", "retired"),
        refusedOfSlot: await mount("refused", slot, slot),
        rolledOfSlot: await mount("rolled", slot, slot),
        rolledOfRotator: await mount("rolled", "proofs", "rotator"),
        vacatorOfRotator: await mount("vacator", "proofs", "rotator"),
        stranger: await mount("stranger", slot, slot),
      },
      {
        own: "read",
        otherSecret: "ForbiddenByRbac",
        asOtherSlot: "AADSTS700213",
        rotator: "ForbiddenByRbac",
        retired: "ForbiddenByRbac",
        asProofs: "AADSTS700213",
        proofOfOwn: "read",
        proofOfOther: "AADSTS700213",
        proofOfRotator: "read",
        proofsReadSlot: "ForbiddenByRbac",
        proofOfRetired: "AADSTS700213",
        answersOfOwn: "read",
        answersOfOther: "AADSTS700213",
        answersOfRotator: "AADSTS700213",
        drainedOfRotator: "read",
        drainedOfSlot: "AADSTS700213",
        drainedOfRetired: "AADSTS700213",
        refusedOfRotator: "read",
        refusedOfRetired: "read",
        refusedOfSlot: "AADSTS700213",
        rolledOfSlot: "AADSTS700213",
        rolledOfRotator: "AADSTS700213",
        vacatorOfRotator: "AADSTS700213",
        stranger: "AADSTS700213",
      },
      `mounts of the pods of ${slot}`,
    );
  }
}

/** Requests that no pod makes by itself, but code in a pod could, or on a node. */
const REQUESTS = ["blue", "green", "rotator", "retired"].map(
  (ending) => `GET /secrets/${APPLICATION}-${ending}`,
);
const NEVER = [
  "GET /secrets",
  "GET /deletedsecrets",
  ...["blue", "green", "rotator"].flatMap((ending) =>
    ["PUT", "PATCH", "DELETE"].map((method) => `${method} /secrets/${APPLICATION}-${ending}`),
  ),
  `DELETE /deletedsecrets/${NAMES.slot("blue").secret}`,
  `POST /deletedsecrets/${NAMES.slot("blue").secret}/recover`,
];

/** What each identity reads; nobody of these writes, lists or purges. */
const READS: Readonly<Record<string, readonly string[]>> = {
  blue: ["blue"],
  green: ["green"],
  proofs: ["rotator"],
  retired: ["retired"],
};

async function assertRequests(rig: Rig, identities: readonly Identity[]): Promise<void> {
  for (const { name, principalId } of identities) {
    if (name === "deployer") {
      continue;
    }
    const reads = Object.entries(READS).find(([ending]) => name.endsWith(`-${ending}`))?.[1] ?? [];
    const ask = await asker(rig, principalId);
    for (const request of [...REQUESTS, ...NEVER]) {
      const allowed = reads.some((ending) => request === `GET /secrets/${APPLICATION}-${ending}`);
      assert.strictEqual(
        await ask(request),
        allowed ? "200" : "403 ForbiddenByRbac",
        `${request} as ${name}`,
      );
    }
  }
  const nobody = await asker(rig, undefined);
  assert.strictEqual(await nobody(`GET /secrets/${NAMES.slot("blue").secret}`), "401");
  const deployer = await asker(rig, named(identities, "deployer").principalId);
  assert.strictEqual(await deployer("GET /secrets"), "200");
  for (const request of NEVER.filter((each) => !each.startsWith("GET "))) {
    assert.strictEqual(await deployer(request), "403 ForbiddenByRbac", `${request} as deployer`);
  }
}

/** Asks the vault as somebody, over HTTPS; the status, and the code of the inner error. */
async function asker(
  rig: Rig,
  principalId: string | undefined,
): Promise<(request: string) => Promise<string>> {
  const { uri, token } = await rig.twin.call("vaultAccess", principalId ?? "");
  const { certificate: ca } = await rig.superuser();
  const authorization = principalId === undefined ? {} : { authorization: `Bearer ${token}` };
  return (text) =>
    new Promise((resolve, reject) => {
      const [method = "", path = ""] = text.split(" ");
      const url = new URL(`${path}?api-version=7.6`, uri);
      const headers = { "content-type": "application/json", ...authorization };
      const request = https.request(url, { method, headers, ca, agent: false }, (response) => {
        response.setEncoding("utf8");
        let body = "";
        response.on("data", (part: string) => (body += part));
        response.on("error", reject);
        response.on("end", () => {
          const inner = /"innererror":\{"code":"(\w+)"/.exec(body)?.[1];
          resolve(
            inner === undefined ? `${response.statusCode}` : `${response.statusCode} ${inner}`,
          );
        });
      });
      request.on("error", reject);
      request.end(method === "PUT" ? JSON.stringify({ value: "written" }) : undefined);
    });
}

/** `read`, or the code of the refusal in the text of a mount event. */
function verdictOf(refusal: string): string {
  return refusal === "" ? "read" : (/AADSTS\d+|ForbiddenBy\w+/.exec(refusal)?.[0] ?? refusal);
}

/** The one identity whose name is this, or ends with it. */
function named(identities: readonly Identity[], ending: string): Identity {
  const found = identities.filter(({ name }) => name === ending || name.endsWith(`-${ending}`));
  assert.strictEqual(found.length, 1, `identities named ${ending}`);
  return found[0]!;
}
