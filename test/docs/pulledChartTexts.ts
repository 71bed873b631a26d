import assert from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ContractFile, readChart, readContract } from "../../components/chart";
import {
  editedText,
  linkText,
  otherVersionText,
  pullProblem,
  replacedText,
} from "../../operate/contract/pullTexts";

const COMMAND = "npx rotation contract --stack prod --write";
const REGISTRY = { chart: "oci://registry.example.com/charts/shop", version: "1.2.3" };
const REPOSITORY = {
  chart: "shop",
  repository: "https://charts.example.com/stable",
  version: "1.2.3",
};

/** What helm 4 says; `pull.spec.ts` has it from a helm that runs. */
const HELM = {
  refused:
    'failed to perform "FetchReference" on source: Get "https://registry.example.com/v2/charts/shop/manifests/1.2.3": dial tcp 192.0.2.1:443: connect: connection refused',
  untrusted:
    'failed to perform "FetchReference" on source: Get "https://registry.example.com/v2/charts/shop/manifests/1.2.3": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  unauthorized:
    'failed to perform "FetchReference" on source: GET "https://registry.example.com/v2/charts/shop/manifests/1.2.3": basic credential not found',
  unauthorizedIndex:
    'looks like "https://charts.example.com/stable" is not a valid chart repository or cannot be reached: failed to fetch https://charts.example.com/stable/index.yaml : 401 Unauthorized',
  missing:
    'failed to perform "FetchReference" on source: registry.example.com/charts/shop:1.3.0: not found',
  mismatch: "chart reference digest mismatch: sha256:01 is not sha256:02",
  other: "gzip: invalid header",
} as const;

/** Every text that refuses a chart that is pulled. */
export function pulledChartTexts(): string[] {
  const differing = {
    values: "charts/shop.values.yaml",
    command: COMMAND,
    differing: ["templates/service.yaml"],
  };
  const pushed = (digit: string) => ({ ...REGISTRY, digest: `sha256:${digit.repeat(64)}` });
  return [
    ...refusedByProgram(),
    pullProblem(REGISTRY, HELM.refused, COMMAND),
    pullProblem(REPOSITORY, HELM.refused, COMMAND),
    pullProblem(REGISTRY, HELM.untrusted, COMMAND),
    pullProblem(REGISTRY, HELM.unauthorized, COMMAND),
    pullProblem(REPOSITORY, HELM.unauthorizedIndex, COMMAND),
    pullProblem({ ...REGISTRY, version: "1.3.0" }, HELM.missing, COMMAND),
    pullProblem(REGISTRY, HELM.mismatch, COMMAND),
    pullProblem(REGISTRY, HELM.other, COMMAND),
    replacedText([pushed("1"), pushed("2")], differing),
    otherVersionText(REGISTRY, "1.2.2", COMMAND),
    linkText(REGISTRY, "templates/host.yaml", COMMAND),
    editedText("charts/shop.values.chart", REGISTRY, differing),
  ];
}

/** What a preview says before anything was pulled, and of another version. */
function refusedByProgram(): string[] {
  const folder = mkdtempSync(join(tmpdir(), "pulled-"));
  try {
    const source = { values: "charts/shop.values.yaml", command: COMMAND, package: REGISTRY };
    const missing = readChart({
      ...source,
      ...{ root: folder, chart: "charts/shop.values.chart", keys: { application: "shop" } },
    });
    const file: ContractFile = {
      digest: "",
      package: { ...REGISTRY, digest: "sha256:1" },
      stops: [],
    };
    const name = "charts/shop.values.contract.json";
    writeFileSync(join(folder, "contract.json"), JSON.stringify(file));
    const other = readContract(join(folder, "contract.json"), {
      ...{ name, command: COMMAND },
      keys: { application: "shop", strategy: "blueGreen" },
      judged: { chart: "", values: "", declared: {} },
      package: { ...REGISTRY, version: "1.3.0" },
    });
    assert.ok("problems" in missing && "problems" in other);
    return [missing.problems[0]!, other.problems[0]!];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
