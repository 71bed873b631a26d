import assert from "node:assert";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createPlainServer, type RequestListener, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TokenCredential } from "@azure/identity";
import { clusterLists } from "../../../components/facts/clusterLists";
import { azureLogin, kubeconfigLogin } from "../../../components/facts/clusterLogin";
import { type CertificateAuthority, createAuthority } from "../../../twin/world/certificates";

const PODS = "/api/v1/namespaces/app/pods";

describe("lists of a cluster", () => {
  let directory: string;
  let authority: CertificateAuthority;
  let secure: Server;
  let plain: Server;
  let answer: { status: number; body: string };
  let asked: { url: string | undefined; authorization: string | undefined }[];
  let tokens: string[];

  const login: TokenCredential = {
    getToken(scope) {
      tokens.push(String(scope));
      return Promise.resolve({ token: "mine", expiresOnTimestamp: Date.now() + 3600_000 });
    },
  };
  const address = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "lists-"));
    authority = await createAuthority(directory);
    const { key, certificate } = await authority.issue(["127.0.0.1"]);
    const listener: RequestListener = ({ url, headers }, response) => {
      asked.push({ url, authorization: headers.authorization });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    };
    secure = createServer({ key, cert: certificate }, listener).listen(0, "127.0.0.1");
    plain = createPlainServer(listener).listen(0, "127.0.0.1");
    await Promise.all([once(secure, "listening"), once(plain, "listening")]);
  });

  beforeEach(() => {
    [asked, tokens] = [[], []];
    answer = { status: 200, body: JSON.stringify({ items: [{ metadata: { name: "a" } }] }) };
  });

  after(async () => {
    secure.close();
    plain.close();
    await rm(directory, { recursive: true });
  });

  async function asAzure(server: string, ca = authority.certificate) {
    const encoded = Buffer.from(ca).toString("base64");
    return clusterLists(await azureLogin({ server, authority: encoded }, login));
  }

  it("are asked for once each, with the token for AKS of whoever is logged in", async () => {
    const list = await asAzure(`https://${address(secure)}/`);
    const all = await Promise.all([list(PODS), list(PODS), list("/api/v1/namespaces")]);
    assert.deepStrictEqual(all.flat(), Array(3).fill({ metadata: { name: "a" } }));
    assert.deepStrictEqual(
      asked.sort((a, b) => a.url!.localeCompare(b.url!)),
      ["/api/v1/namespaces", PODS].map((url) => ({ url, authorization: "Bearer mine" })),
    );
    assert.deepStrictEqual([...new Set(tokens)], ["6dae42f8-4368-4678-94ff-3960e28e3630/.default"]);
  });

  it("come from a server of the cluster's own authority only", async () => {
    const other = await createAuthority(await mkdtemp(join(directory, "other-")));
    const list = await asAzure(`https://${address(secure)}`, other.certificate);
    await assert.rejects(list(PODS), /certificate/);
    assert.deepStrictEqual(asked, []);
  });

  it("are never asked for over plain HTTP with a login to Azure", async () => {
    const list = await asAzure(`http://${address(plain)}`);
    await assert.rejects(list(PODS), /Protocol "http:" not supported/);
    assert.deepStrictEqual(asked, []);
  });

  it("say why there are none", async () => {
    const list = await asAzure(`https://${address(secure)}`);
    answer = { status: 403, body: JSON.stringify({ message: "pods is forbidden" }) };
    await assert.rejects(list(PODS), {
      message: `${PODS} was answered with 403: pods is forbidden`,
    });
    answer = { status: 502, body: "<html>" };
    await assert.rejects(list("/api/v1/nodes"), {
      message: "/api/v1/nodes was answered with 502",
    });
  });

  it("are asked for as a kubeconfig says", async () => {
    const file = join(directory, "kubeconfig");
    await writeFile(
      file,
      JSON.stringify({
        clusters: [
          {
            name: "c",
            cluster: {
              server: `https://${address(secure)}`,
              "certificate-authority-data": Buffer.from(authority.certificate).toString("base64"),
            },
          },
        ],
        users: [{ name: "u", user: { token: "its own" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    const list = clusterLists(await kubeconfigLogin((config) => config.loadFromFile(file)));
    assert.deepStrictEqual(await list(PODS), [{ metadata: { name: "a" } }]);
    assert.deepStrictEqual(asked, [{ url: PODS, authorization: "Bearer its own" }]);
  });
});
