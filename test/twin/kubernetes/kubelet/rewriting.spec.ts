import assert from "node:assert";
import { rewrite, type Names } from "../../../../twin/kubernetes/kubelet/rewriting";

const ADDRESSES: Record<string, string> = {
  "app/app-blue": "127.1.0.1",
  "default/kubernetes": "127.1.0.2",
};

const names: Names = {
  folders: new Map([
    ["/mnt/secrets", "/pods/1/secrets"],
    ["/mnt/secrets/inner", "/pods/1/inner"],
    ["/tmp", "/pods/1/tmp"],
    ["/data", "/tmp/pods/1/data"],
  ]),
  namespace: "app",
  address: (service, namespace) => ADDRESSES[`${namespace}/${service}`],
};

const cases: readonly [title: string, text: string, expected: string][] = [
  ["a file in a mounted folder", "/mnt/secrets/password", "/pods/1/secrets/password"],
  [
    "the folder inside a command",
    "cat /mnt/secrets/password;ls",
    "cat /pods/1/secrets/password;ls",
  ],
  ["the deeper of two folders", "/mnt/secrets/inner/x", "/pods/1/inner/x"],
  ["a folder by one that looks like another mount", "/data/x", "/tmp/pods/1/data/x"],
  ["no folder of a longer name", "/mnt/secrets-old/x", "/mnt/secrets-old/x"],
  ["no folder inside another path", "/var/tmp/x", "/var/tmp/x"],
  ["a service in a URL", "http://app-blue/readyz", "http://127.1.0.1/readyz"],
  ["a service with a port", "http://app-blue.app:80", "http://127.1.0.1:80"],
  ["a service of another namespace", "https://kubernetes.default.svc", "https://127.1.0.2"],
  ["a fully qualified name", "kubernetes.default.svc.cluster.local", "127.1.0.2"],
  ["no release of the same name as a service", "app-blue/7", "app-blue/7"],
  [
    "no label of the same name",
    "app.kubernetes.io/instance=app-blue",
    "app.kubernetes.io/instance=app-blue",
  ],
  ["no name that is no service", "https://vault.example.net/a", "https://vault.example.net/a"],
];

describe("names of a container on this machine", () => {
  for (const [title, text, expected] of cases) {
    it(`replaces ${title}`.replace("replaces no", "leaves alone a"), () => {
      assert.strictEqual(rewrite(text, names), expected);
    });
  }
});
