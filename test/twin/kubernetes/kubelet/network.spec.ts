import assert from "node:assert";
import { join } from "node:path";
import { standardImages, type ImageTable } from "../../../../twin/kubernetes/kubelet/images";
import { Program } from "../../../support/images";
import { ask, loopbackAddress } from "../../../support/loopback";
import { deployment, isRolledOut, objectOf, TestCluster } from "../../../support/testCluster";

/** Node as images have it, with what makes a network of one address. */
const NODE = standardImages("registry.example/plain:1")?.entrypoint.slice(0, -1) ?? [];
const PYTHON_PATH = join(__dirname, "../../../../twin/kubernetes/kubelet/python");

describe("programs of pods, which share one machine", function () {
  this.timeout(20_000);

  const own = loopbackAddress();
  const other = loopbackAddress();

  describe("of Node, listen", () => {
    const ways: readonly [title: string, listen: string, where: string][] = [
      ["on their own address when they name a port alone", "listen(8080, said)", own],
      ["on it when the port is text", 'listen("8080", said)', own],
      ["on it when the host is left open", "listen(8080, undefined, said)", own],
      ["on it when they name all addresses", 'listen(8080, "0.0.0.0", said)', own],
      ["on it when a backlog is in place of the host", "listen(8080, 10, said)", own],
      ["on it when options have no host", "listen({ port: 8080 }, said)", own],
      ["on it when options name all", 'listen({ port: 8080, host: "::" }, said)', own],
      ["where else they want to", `listen(8080, "${other}", said)`, other],
      ["where options want to", `listen({ port: 8080, host: "${other}" }, said)`, other],
    ];
    for (const [title, listen, where] of ways) {
      it(title, async () => {
        const said = "() => { console.log(server.address().address); server.close(); }";
        const script = `const server = require("net").createServer(), said = ${said}; server.${listen}`;
        const program = new Program([...NODE, "-e", script], { TWIN_POD_ADDRESS: own });
        assert.strictEqual(await program.ended, 0, program.output);
        assert.strictEqual(program.output, `${where}\n`);
      });
    }
  });

  describe("of Python, listen", () => {
    const ways: readonly [title: string, host: string, where: string][] = [
      ["on their own address when they name none", "", own],
      ["on it when they name all addresses", "0.0.0.0", own],
      ["where else they want to", other, other],
    ];
    for (const [title, host, where] of ways) {
      it(title, async () => {
        const script = `import socket; s = socket.create_server(("${host}", 8080)); print(s.getsockname()[0])`;
        const program = new Program(["/usr/bin/env", "python3", "-c", script], {
          PATH: process.env.PATH ?? "",
          PYTHONPATH: PYTHON_PATH,
          PYTHONDONTWRITEBYTECODE: "1",
          TWIN_POD_ADDRESS: own,
        });
        assert.strictEqual(await program.ended, 0, program.output);
        assert.strictEqual(program.output, `${where}\n`);
      });
    }
  });

  it("are there side by side on one port, each at its pod's address", async () => {
    const script = `require("http").createServer((_, answer) => answer.end(process.env.HOSTNAME)).listen(3000)`;
    const images: ImageTable = () => ({ entrypoint: [...NODE, "-e", script] });
    const test = await TestCluster.start({}, { images });
    try {
      const container = { image: "any", ports: [{ name: "http", containerPort: 3000 }] };
      const readinessProbe = { httpGet: { path: "/", port: "http" }, periodSeconds: 1 };
      await test.cluster.apply(
        objectOf("v1", "Service", "web", {
          spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
        }),
      );
      await test.cluster.apply(
        deployment("web", { ...container, readinessProbe }, { replicas: 2 }),
      );
      await test.until("Deployment", "web", isRolledOut);
      const answers = test.endpoints("web").ready.map((at) => ask(at, "web", { port: 3000 }));
      const names = (await Promise.all(answers)).map(({ body }) => body);
      assert.deepStrictEqual(
        names.sort(),
        test
          .pods()
          .map(({ metadata }) => metadata.name)
          .sort(),
      );
    } finally {
      await test.stop();
    }
  });
});
