import assert from "node:assert";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import type { Asking } from "../../../../operate/preflight/asking";
import { hosts } from "../../../../operate/preflight/checks/hosts";
import { loopbackAddress } from "../../../support/loopback";

const GATEWAY = "192.0.2.1";
const ELSEWHERE = "203.0.113.99";

/** What the server says of a name; nothing at all where it says nothing. */
const NAMES: Readonly<Record<string, string | undefined>> = {
  "app.example.com": GATEWAY,
  "blue.app.example.com": ELSEWHERE,
  "green.app.example.com": "NXDOMAIN",
};

/** Answers one question after an address (RFC 1035, section 4.1). */
function answerTo(query: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  while (query[at] !== 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
    at += query[at]! + 1;
  }
  const found = NAMES[labels.join(".")];
  if (found === undefined) {
    return undefined;
  }
  const isThere = found !== "NXDOMAIN";
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(isThere ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(isThere ? 1 : 0, 6);
  const address = found.split(".").map(Number);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address];
  return Buffer.concat([head, query.subarray(12, at + 5), Buffer.from(isThere ? record : [])]);
}

/** Proves that what a real resolver says of a name, or of its server, is told as what it is. */
describe("DNS of the hosts, with a server of its own", () => {
  const address = loopbackAddress();
  let server: Socket;
  let resolver: Resolver;

  beforeEach(async () => {
    server = createSocket("udp4");
    server.on("message", (query, { port, address: from }) => {
      const answer = answerTo(query);
      if (answer !== undefined) {
        server.send(answer, port, from);
      }
    });
    server.bind(0, address);
    await once(server, "listening");
    resolver = new Resolver({ timeout: 200, tries: 1 });
    resolver.setServers([`${address}:${server.address().port}`]);
  });

  afterEach(() => server.close());

  async function asked(production: string): Promise<string[]> {
    const asking = {
      arm: { find: () => Promise.resolve({ properties: { ipAddress: GATEWAY } }) },
      planned: { all: () => [{ id: "/pip-gateway" }] },
      settings: {
        hosts: [production, "blue.app.example.com", "green.app.example.com"],
        proofAddress: "",
      },
      resolve: (host: string) => resolver.resolve4(host),
    };
    const findings = await hosts.ask(asking as unknown as Asking);
    return findings.map(
      ({ state, why, help }) =>
        `${state}: ${why} [${help.join().split(" ").slice(0, 4).join(" ")}]`,
    );
  }

  it("leads to the gateway, elsewhere, or nowhere, because nobody knows the name", async () => {
    assert.deepStrictEqual(await asked("app.example.com"), [
      `ok: it resolves to ${GATEWAY} []`,
      `wrong: it resolves to ${ELSEWHERE}, but the gateway is at ${GATEWAY} [az network dns record-set]`,
      `wrong: it does not resolve, but the gateway is at ${GATEWAY} [az network dns record-set]`,
    ]);
  });

  it("is not known where the server does not answer", async () => {
    const [silent] = await asked("silent.example.com");
    assert.strictEqual(
      silent,
      "could not ask: no answer from this machine's DNS (ETIMEOUT) [nslookup silent.example.com]",
    );
  });

  it("is not known where there is no server", async () => {
    resolver.setServers([`${address}:9`]);
    const [first] = await asked("app.example.com");
    assert.match(
      first!,
      /^could not ask: no answer from this machine's DNS \((ECONNREFUSED|ETIMEOUT)\) \[nslookup /,
    );
  });
});
