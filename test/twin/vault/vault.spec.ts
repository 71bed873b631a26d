import * as assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IncomingMessage } from "node:http";
import type { TokenCredential } from "@azure/core-auth";
import { SecretClient } from "@azure/keyvault-secrets";
import { SecretStore } from "../../../twin/vault/secretStore";
import { createAuthority } from "../../../twin/world/certificates";
import { Entra } from "../../../twin/world/entra";
import { Journal } from "../../../twin/world/journal";
import { Vault } from "../../../twin/vault/vault";
import type { World } from "../../../twin/world/world";
import { addresses } from "../../support/loopback";

const ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv";

describe("data plane of a vault", () => {
  let world: World & { journal: Journal };
  let entra: Entra;
  let vault: Vault;
  let officer: SecretClient;

  /** Data actions of each principal; the resource it may use them on. */
  const grants: Record<string, { actions: RegExp; on: string }> = {
    officer: { actions: /secrets/, on: ID },
    reader: { actions: /getSecret\/action$/, on: `${ID}/secrets/readable` },
  };

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "vault-"));
    world = {
      directory,
      addresses,
      authority: await createAuthority(directory),
      journal: new Journal(join(directory, "journal.log")),
    };
    entra = new Entra("tenant");
    vault = await startVault(new SecretStore("kv", 7, false));
    officer = client(vault, "officer");
  });

  after(async () => {
    await vault.stop();
    await world.journal.close();
    await rm(world.directory, { recursive: true });
  });

  function startVault(secrets: SecretStore): Promise<Vault> {
    return Vault.start(world, {
      id: ID,
      name: "kv",
      location: "westeurope",
      secrets,
      entra,
      isAllowed: (principal, action, resource) => {
        const grant = grants[principal];
        return grant !== undefined && grant.actions.test(action) && resource.startsWith(grant.on);
      },
    });
  }

  /** The official client; an address has no name that its check of the challenge could compare. */
  function client(
    of: Vault,
    principal: string,
    audience = "https://vault.azure.net",
  ): SecretClient {
    const credential: TokenCredential = {
      getToken: () =>
        Promise.resolve({
          token: entra.issue(principal, audience),
          expiresOnTimestamp: Date.now() + 60_000,
        }),
    };
    return new SecretClient(of.uri, credential, {
      disableChallengeResourceVerification: true,
      tlsOptions: { ca: world.authority.certificate },
      retryOptions: { maxRetries: 2, retryDelayInMs: 1, maxRetryDelayInMs: 1 },
    });
  }

  it("keeps a secret with everything that belongs to it", async () => {
    const expiresOn = new Date(2_000_000_000_000);
    const set = await officer.setSecret("kept", "value", {
      contentType: "text",
      expiresOn,
      tags: { slot: "blue" },
    });
    const got = await officer.getSecret("kept");
    assert.equal(got.value, "value");
    assert.match(got.properties.version ?? "", /^[0-9a-f]{32}$/);
    assert.equal(got.properties.version, set.properties.version);
    assert.deepEqual(
      [got.properties.contentType, got.properties.expiresOn, got.properties.tags],
      ["text", expiresOn, { slot: "blue" }],
    );
  });

  it("makes a new version with every set, and reads any of them", async () => {
    const first = await officer.setSecret("turned", "same");
    await officer.setSecret("turned", "same");
    const { version = "" } = first.properties;
    assert.equal((await officer.getSecret("turned", { version })).properties.version, version);
    const versions = [];
    for await (const properties of officer.listPropertiesOfSecretVersions("turned")) {
      versions.push(properties.version);
    }
    assert.equal(new Set(versions).size, 2);
  });

  it("changes attributes and tags of a version in place", async () => {
    const { properties } = await officer.setSecret("changed", "value");
    const changed = await officer.updateSecretProperties("changed", properties.version ?? "", {
      enabled: false,
      tags: { retired: "yes" },
    });
    assert.equal(changed.version, properties.version);
    assert.deepEqual([changed.enabled, changed.tags], [false, { retired: "yes" }]);
    await assert.rejects(officer.getSecret("changed"), { statusCode: 403, code: "Forbidden" });
  });

  it("lists all secrets, however many pages they fill", async () => {
    for (let number = 0; number < 30; number++) {
      await officer.setSecret(`many-${number}`, "value");
    }
    const names = [];
    for await (const { name } of officer.listPropertiesOfSecrets()) {
      names.push(name);
    }
    assert.equal(names.filter((name) => name.startsWith("many-")).length, 30);
  });

  it("keeps a deleted secret recoverable, and its name taken", async () => {
    await officer.setSecret("lost", "value");
    await (await officer.beginDeleteSecret("lost", { intervalInMs: 1 })).pollUntilDone();
    await assert.rejects(officer.getSecret("lost"), { statusCode: 404, code: "SecretNotFound" });
    await assert.rejects(officer.setSecret("lost", "other"), { statusCode: 409, code: "Conflict" });
    assert.equal((await officer.getDeletedSecret("lost")).name, "lost");
    await (await officer.beginRecoverDeletedSecret("lost", { intervalInMs: 1 })).pollUntilDone();
    assert.equal((await officer.getSecret("lost")).value, "value");
  });

  it("forgets a purged secret for good, unless it is protected from that", async () => {
    await officer.setSecret("purged", "value");
    await (await officer.beginDeleteSecret("purged", { intervalInMs: 1 })).pollUntilDone();
    await officer.purgeDeletedSecret("purged");
    await officer.setSecret("purged", "value");

    const guarded = await startVault(new SecretStore("guarded", 7, true));
    try {
      const keeper = client(guarded, "officer");
      await keeper.setSecret("purged", "value");
      await (await keeper.beginDeleteSecret("purged", { intervalInMs: 1 })).pollUntilDone();
      await assert.rejects(keeper.purgeDeletedSecret("purged"), { statusCode: 403 });
    } finally {
      await guarded.stop();
    }
  });

  it("lets a reader of one secret read that one, and do nothing else", async () => {
    await officer.setSecret("readable", "value");
    await officer.setSecret("secret", "value");
    const reader = client(vault, "reader");
    assert.equal((await reader.getSecret("readable")).value, "value");
    await assert.rejects(reader.getSecret("secret"), /not authorized to perform action/);
    await assert.rejects(reader.setSecret("readable", "other"), { statusCode: 403 });
    await assert.rejects(reader.listPropertiesOfSecrets().next(), { statusCode: 403 });
  });

  it("refuses tokens for another audience, forged ones and none", async () => {
    const wrong = client(vault, "officer", "https://management.azure.com");
    await assert.rejects(wrong.getSecret("kept"), { statusCode: 401 });
    const [head, body] = entra.issue("reader", "https://vault.azure.net").split(".");
    const forged = `${head}.${body}.${"A".repeat(43)}`;
    assert.equal((await ask("/secrets/kept?api-version=2025-07-01", forged)).statusCode, 401);
    const { headers } = await ask("/secrets/kept?api-version=2025-07-01");
    assert.match(
      headers["www-authenticate"] ?? "",
      /^Bearer authorization="https:.*resource="https:\/\/vault\.azure\.net"$/,
    );
  });

  it("refuses API versions that it does not speak", async () => {
    const token = entra.issue("officer", "https://vault.azure.net");
    for (const query of ["", "?api-version=2016-10-01"]) {
      assert.equal((await ask(`/secrets/kept${query}`, token)).statusCode, 400);
    }
  });

  it("fails as often as it is told, and the client gets over a little of it", async () => {
    await officer.getSecret("kept");
    vault.fail(500, 2);
    assert.equal((await officer.getSecret("kept")).value, "value");
    vault.fail(403, 1);
    await assert.rejects(officer.getSecret("kept"), { statusCode: 403 });
    assert.equal((await officer.getSecret("kept")).value, "value");
  });

  async function ask(path: string, token?: string): Promise<IncomingMessage> {
    const call = request(new URL(path, vault.uri), {
      ca: world.authority.certificate,
      agent: false,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    });
    call.end();
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    answer.resume();
    return answer;
  }
});
