import assert from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createAuthority } from "../../../twin/world/certificates";
import { PostgresqlProvider } from "../../../twin/postgresql/provider";
import { startDatabaseServer, type PostgresServer } from "../../../twin/postgresql/server";
import { Secret, type Properties } from "../../../twin/plugin/provider";
import { addresses, loopbackAddress, TestJournal } from "../../support/loopback";
import { Managed } from "../../support/managed";
import { Wire } from "../../support/wire";

const PASSWORD = "Correct-horse-battery-1";

describe("postgresql twin and a server that wants encryption", function () {
  this.timeout(60_000);

  const trusted = process.env["SSL_CERT_FILE"];
  const journal = new TestJournal();
  let directory: string;
  let server: PostgresServer;
  let authorityFile: string;
  let strangerFile: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "postgresql-tls-"));
    const authority = await createAuthority(directory);
    server = await startDatabaseServer(
      { directory, addresses, authority, journal: journal.journal },
      {
        name: "tls",
        version: "18",
        administrator: "pgadmin",
        password: PASSWORD,
        maxConnections: 30,
      },
    );
    authorityFile = authority.file;
    strangerFile = (await createAuthority(await mkdtemp(join(directory, "stranger-")))).file;
  });

  afterEach(() => {
    if (trusted === undefined) {
      delete process.env["SSL_CERT_FILE"];
    } else {
      process.env["SSL_CERT_FILE"] = trusted;
    }
  });

  after(async () => {
    await server.stop();
    await journal.close();
    await rm(directory, { recursive: true });
  });

  /** Makes a role and drops it again. */
  async function visit(settings: Properties): Promise<void> {
    const provider = new PostgresqlProvider();
    await provider.configure({
      host: server.host,
      username: "pgadmin",
      password: new Secret(PASSWORD),
      superuser: "false",
      ...settings,
    });
    const role = new Managed(provider, "postgresql:index/role:Role");
    await role.create({ name: "visitor" });
    await role.delete();
  }

  const unknownAuthority = /x509: certificate signed by unknown authority/;

  it("trusts the root certificate that it is given, and no other", async () => {
    await visit({ sslmode: "verify-full", sslrootcert: authorityFile });
    await assert.rejects(
      visit({ sslmode: "verify-full", sslrootcert: strangerFile }),
      unknownAuthority,
    );
  });

  it("trusts the certificates of SSL_CERT_FILE", async () => {
    process.env["SSL_CERT_FILE"] = authorityFile;
    await visit({ sslmode: "verify-full" });
    process.env["SSL_CERT_FILE"] = strangerFile;
    await assert.rejects(visit({ sslmode: "verify-full" }), unknownAuthority);
  });

  it("looks at the name in the certificate only if it is to verify everything", async () => {
    const address = loopbackAddress();
    const wire = await Wire.between(address, server.host, 5432);
    const elsewhere = { host: address, sslrootcert: authorityFile };
    await visit({ ...elsewhere, sslmode: "verify-ca" });
    await assert.rejects(visit({ ...elsewhere, sslmode: "verify-full" }), /not in the cert's list/);
    await wire.close();
  });

  it("encrypts without asking who answers when that is all that is required", async () => {
    await visit({ sslmode: "require" });
    await visit({});
  });

  it("is turned away when it does not encrypt", async () => {
    await assert.rejects(visit({ sslmode: "disable" }), /no pg_hba.conf entry.*28000/);
  });

  it("does not guess what an unknown mode means", async () => {
    await assert.rejects(visit({ sslmode: "verify" }), /unsupported sslmode "verify"/);
  });
});
