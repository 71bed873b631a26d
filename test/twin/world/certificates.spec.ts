import * as assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, get } from "node:https";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, type CertificateAuthority } from "../../../twin/world/certificates";

describe("certificates of the twin", () => {
  let directory: string;
  let authority: CertificateAuthority;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "certificates-"));
    authority = await createAuthority(directory);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  /** Asks an endpoint that has a certificate for `names`, by address, and returns the body. */
  async function ask(names: string[], servername: string, ca: string): Promise<string> {
    const issued = await authority.issue(names);
    const server = createServer({ key: issued.key, cert: issued.certificate }, (_, answer) =>
      answer.end("reached"),
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    try {
      const request = get({ host: "127.0.0.1", port, servername, ca, agent: false });
      const [answer] = (await once(request, "response")) as [IncomingMessage];
      return Buffer.concat(await answer.toArray()).toString();
    } finally {
      server.close();
    }
  }

  it("writes the certificate that clients trust to a file", async () => {
    assert.equal(await readFile(authority.file, "utf8"), authority.certificate);
  });

  it("issues certificates that clients of that file accept, by address and by name", async () => {
    const ca = authority.certificate;
    assert.equal(await ask(["127.0.0.1"], "", ca), "reached");
    assert.equal(await ask(["twin.example"], "twin.example", ca), "reached");
  });

  it("does not vouch for another name", async () => {
    const request = ask(["127.0.0.2"], "", authority.certificate);
    await assert.rejects(request, { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });

  it("is not trusted in the place of another authority", async () => {
    const other = await createAuthority(await mkdtemp(join(directory, "other-")));
    await assert.rejects(ask(["127.0.0.1"], "", other.certificate), /self-signed|unable to verify/);
  });

  it("refuses to issue a certificate without a name", async () => {
    await assert.rejects(authority.issue([]), RangeError);
  });
});
