import assert from "node:assert";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TokenCredential } from "@azure/identity";
import { clusterLists } from "../../../components/facts/clusterLists";
import { azureLogin } from "../../../components/facts/clusterLogin";
import { clusterSource } from "../../../components/facts/fromCluster";
import { gatewaySource } from "../../../components/facts/fromGateway";
import { vaultSource } from "../../../components/facts/fromVault";

const NAMES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);
const HOSTS = { production: "a.example", blue: "b.example", green: "g.example" };

describe("facts behind a proxy", () => {
  let proxy: Server;
  let asked: string[];
  let before: (string | undefined)[];

  beforeEach(async () => {
    before = NAMES.map((name) => process.env[name]);
    NAMES.forEach((name) => delete process.env[name]);
    asked = [];
    proxy = createServer().listen(0, "127.0.0.1");
    proxy.on("connect", ({ url = "" }: { url?: string }, socket: { end(text: string): void }) => {
      asked.push(url);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await once(proxy, "listening");
    process.env["HTTPS_PROXY"] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    proxy.close();
    NAMES.forEach((name, index) => {
      delete process.env[name];
      const value = before[index];
      if (value !== undefined) {
        process.env[name] = value;
      }
    });
  });

  const login: TokenCredential = {
    getToken: () => Promise.resolve({ token: "it", expiresOnTimestamp: Date.now() + 3600_000 }),
  };

  async function cluster(server: string) {
    return clusterSource(
      clusterLists(await azureLogin({ server, authority: "" }, login)),
      "app",
      HOSTS,
    );
  }

  it("are asked for through it", async () => {
    await assert.rejects(gatewaySource("192.0.2.1", "a.example").production());
    await assert.rejects((await cluster("https://aks.example")).routes("app"));
    await assert.rejects(vaultSource("https://kv.example", login).versions("app-blue"));
    assert.deepStrictEqual([...new Set(asked)].sort(), [
      "192.0.2.1:443",
      "aks.example:443",
      "kv.example:443",
    ]);
  });

  it("are asked for directly where NO_PROXY says so, and on this machine", async () => {
    process.env["NO_PROXY"] = "10.0.0.1,.localhost";
    // Nobody listens there.
    await assert.rejects(gatewaySource("127.0.0.1", "a.example").production(), /ECONNREFUSED/);
    for (const server of [
      "https://127.0.0.1:1",
      "https://localhost:1",
      "https://aks.localhost:1",
    ]) {
      await assert.rejects((await cluster(server)).routes("app"));
    }
    assert.deepStrictEqual(asked, []);
  });
});
