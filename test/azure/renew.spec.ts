import assert from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { renew } from "../../azure/renew/renew";

/** Pages in Microsoft's form, with as much as tells the cases apart. */
const PAGES = {
  "azure-databases-docs/articles/postgresql/includes/regions-table.md": `---
ms.date: 12/22/2025
---
| Region | Intel Compute | AMD Compute | Confidential Compute | Zone-Redundant HA | Same-Zone HA | Geo-Redundant backup |
| --- | --- | --- | --- | --- | --- | --- |
| Norway East * | :white_check_mark: (v3/v4/v5) | :white_check_mark: (v5) | :x: | :white_check_mark: | :white_check_mark: | :white_check_mark: |
| West Europe | :white_check_mark: (v3/v4/v5) | :x: | :x: | :white_check_mark: $ | :white_check_mark: | :white_check_mark: |
| Japan West | :white_check_mark: (v3) | :x: | :x: | :x: | :white_check_mark: | :x: |

> [!NOTE]
> - \`$\` indicates new zone-redundant HA deployments are temporarily blocked
`,
  "azure-databases-docs/articles/postgresql/configure-maintain/concepts-limits.md": `---
ms.date: 11/13/2025
---
|Product name     |vCores|Memory size|Maximum connections|Maximum user connections|
|-----------------|------|-----------|-------------------|------------------------|
|**Burstable**    |      |           |                   |                        |
|B1ms             |1     |2 GiB      |50                 |35                      |
|D8s_v3 / D8ds_V4 |8     |32 GiB     |3,437              |3,422                   |
`,
  "azure-databases-docs/articles/postgresql/configure-maintain/concepts-version-policy.md": `---
ms.date: 01/20/2026
---
| PostgreSQL Version | What's New | Azure Standard Support Start Date | Azure Standard Support End Date |
| --- | --- | --- | --- |
| [PostgreSQL 17](https://example.com) | [Release notes](https://example.com) | 30-Sep-2024 | 8-Nov-2029 |
`,
  "azure-databases-docs/articles/postgresql/server-parameters/includes/param-17-reporting.md": `---
ms.date: 12/29/2025
---
### log_statement

| Attribute | Value |
| --- | --- |
| Description | Sets the type of statements logged. |
| Data type | enumeration |
| Default value | \`none\` |
| Allowed values | \`none,ddl,mod,all\` |
| Parameter type | dynamic |

### log_hostname

| Attribute | Value |
| --- | --- |
| Data type | boolean |
`,
  "azure-databases-docs/articles/postgresql/server-parameters/includes/param-18-behavior.md": `---
ms.date: 12/29/2025
---
### createrole_self_grant

| Attribute | Value |
| --- | --- |
| Data type | string |
| Default value | |
| Allowed values | |
| Parameter type | read-only |
`,
  "azure-aks-docs/articles/aks/use-system-pools.md": `---
ms.date: 04/30/2026
---
- System node pools require a VM SKU of at least 4 vCPUs and 4 GB of memory.
- [B series VMs][b-series-vm] aren't supported for system node pools.
`,
  "azure-aks-docs/articles/aks/supported-kubernetes-versions.md": `---
ms.date: 08/05/2026
---
| Kubernetes version | Upstream release | AKS preview | AKS GA | End of life | Platform support |
| ------------------ | ---------------- | ----------- | ------ | ----------- | ---------------- |
| 1.35 | Dec 2025 | Feb 2026 | Mar 2026 | Mar 2027 | Until 1.39 GA |

| Kubernetes version | Upstream release | AKS preview | AKS GA | End of life | LTS End of life |
| ------------------ | ---------------- | ----------- | ------ | ----------- | --------------- |
| 1.31 | Aug 2024 | Oct 2024 | Nov 2024 | Nov 1, 2025 | Nov 2026 |
`,
  "azure-aks-docs/articles/aks/node-resource-reservations.md": `---
ms.date: 04/16/2024
---
| CPU cores on host | 1 core | 2 cores | 4 cores |
| ----------------- | ------ | ------- | ------- |
| Kube-reserved CPU (millicores) | 60 | 100 | 140 |

**AKS 1.29 and later**

* **\`kubelet\` daemon** has the *memory.available < 100 Mi* eviction rule by default.
* set according to the lesser value of: *20 MB * Max Pods supported on the Node + 50 MB* or *25% of the total system memory resources*.

    * AKS reserves *20 MB * 30 Max Pods + 60 MB = 660 MB* for kube-reserved.

**AKS versions prior to 1.29**

* **\`kubelet\` daemon** has the *memory.available < 750 Mi* eviction rule by default.
`,
  "azure-docs/articles/role-based-access-control/built-in-roles.md": `---
ms.date: 04/09/2026
---
> | Built-in role | Description | ID |
> | --- | --- | --- |
> | <a name='reader'></a>[Reader](./built-in-roles/general.md#reader) | View all resources. | acdd72a7-3385-48ef-bd42-f606fba81ae7 |
> | <a name='acrpush'></a>[AcrPush](./built-in-roles/containers.md#acrpush) | Push. | 8311e382-0749-4cb8-b61a-304f252e45ec |
`,
} as const;

const SERIES = {
  ddsv5: `| Size Name | vCPUs (Qty.) | Memory (GB) |
| --- | --- | --- |
| Standard_D4ds_v5 | 4 | 16 |

| Size Name | Max Temp Storage Disks (Qty.) | Temp Disk Size (GiB) |
| --- | --- | --- |
| Standard_D4ds_v5 | 1 | 150 |
`,
  dsv5: `| Size Name | vCPUs (Qty.) | Memory (GB) |
| --- | --- | --- |
| Standard_D4s_v5 | 4 | 16 |
`,
  bsv2: `| Size Name | vCPUs (Qty.) | Memory (GiB) |
| --- | --- | --- |
| Standard_B2s_v2 | 2 | 8 |
`,
};

describe("npm run azure", () => {
  let folder: string;
  let target: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "azure-"));
    target = join(folder, "target");
    mkdirSync(target);
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function git(repository: string, ...args: string[]): string {
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    return execFileSync("git", ["-C", join(folder, repository), ...who, ...args], {
      encoding: "utf8",
    }).trim();
  }

  /** @returns the commit */
  function commit(repository: string, pages: Readonly<Record<string, string>>): string {
    mkdirSync(join(folder, repository), { recursive: true });
    git(repository, "init", "-q");
    for (const [path, text] of Object.entries(pages)) {
      mkdirSync(dirname(join(folder, repository, path)), { recursive: true });
      writeFileSync(join(folder, repository, path), text);
    }
    git(repository, "add", ".");
    git(repository, "commit", "-q", "-m", "pages");
    return git(repository, "rev-parse", "HEAD");
  }

  function pagesOf(repository: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries(PAGES)
        .filter(([path]) => path.startsWith(`${repository}/`))
        .map(([path, text]) => [path.slice(repository.length + 1), text]),
    );
  }

  function written(file: string): Record<string, unknown> {
    return JSON.parse(readFileSync(join(target, file), "utf8")) as Record<string, unknown>;
  }

  it("reads regions, sizes, versions and parameters of flexible servers", async () => {
    const at = commit("azure-databases-docs", pagesOf("azure-databases-docs"));
    await renew(folder, target);
    assert.deepStrictEqual(written("regions.json"), {
      sources: [
        {
          repository: "MicrosoftDocs/azure-databases-docs",
          path: "articles/postgresql/includes/regions-table.md",
          commit: at,
          date: "2025-12-22",
        },
      ],
      regions: {
        norwayeast: {
          name: "Norway East",
          zoneRedundant: "yes",
          sameZone: true,
          geoRedundantBackup: true,
          intel: ["v3", "v4", "v5"],
          amd: ["v5"],
          onRequest: true,
        },
        westeurope: {
          name: "West Europe",
          zoneRedundant: "blocked",
          sameZone: true,
          geoRedundantBackup: true,
          intel: ["v3", "v4", "v5"],
          amd: [],
          onRequest: false,
        },
        japanwest: {
          name: "Japan West",
          zoneRedundant: "no",
          sameZone: true,
          geoRedundantBackup: false,
          intel: ["v3"],
          amd: [],
          onRequest: false,
        },
      },
    });
    const { sizes, versions } = written("databases.json");
    assert.deepStrictEqual(sizes, {
      Standard_B1ms: { tier: "Burstable", cores: 1, memoryGB: 2, maxConnections: 50 },
      Standard_D8s_v3: { tier: "GeneralPurpose", cores: 8, memoryGB: 32, maxConnections: 3437 },
      Standard_D8ds_v4: { tier: "GeneralPurpose", cores: 8, memoryGB: 32, maxConnections: 3437 },
    });
    assert.deepStrictEqual(versions, { "17": { from: "2024-09-30", until: "2029-11-08" } });
    assert.deepStrictEqual(written("parameters.json")["parameters"], {
      "17": {
        log_statement: {
          type: "enumeration",
          default: "none",
          allowed: "none,ddl,mod,all",
          kind: "dynamic",
        },
      },
      "18": {
        createrole_self_grant: { type: "string", default: "", allowed: "", kind: "read-only" },
      },
    });
  });

  it("reads what AKS asks for, sizes of nodes and built-in roles", async () => {
    commit("azure-aks-docs", pagesOf("azure-aks-docs"));
    commit("azure-docs", pagesOf("azure-docs"));
    const series = "articles/virtual-machines/sizes/general-purpose";
    commit(
      "azure-compute-docs",
      Object.fromEntries(
        Object.entries(SERIES).map(([name, text]) => [`${series}/${name}-series.md`, text]),
      ),
    );
    await renew(folder, target);
    const { systemPools, reservations, versions } = written("clusters.json");
    assert.deepStrictEqual(reservations, {
      cpu: { "1": 60, "2": 100, "4": 140 },
      podMB: 20,
      nodeMB: 50,
      mostPercent: 25,
      evictionMi: 100,
    });
    assert.deepStrictEqual(systemPools, { cores: 4, memoryGB: 4, burstable: false });
    assert.deepStrictEqual(versions, { "1.35": { from: "2026-03", until: "2027-03" } });
    assert.deepStrictEqual(written("nodes.json")["sizes"], {
      Standard_B2s_v2: { cores: 2, memoryGB: 8, localDiskGB: 0 },
      Standard_D4ds_v5: { cores: 4, memoryGB: 16, localDiskGB: 150 },
      Standard_D4s_v5: { cores: 4, memoryGB: 16, localDiskGB: 0 },
    });
    assert.deepStrictEqual(written("roles.json")["roles"], {
      "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    });
  });

  /** Every page that the two files of Azure Monitor need, each with one row. */
  function monitorPages(): Record<string, string> {
    const types = [
      ...["containerregistry-registries", "containerservice-managedclusters"],
      ...["dbforpostgresql-flexibleservers", "eventgrid-systemtopics", "keyvault-vaults"],
      ...["network-applicationgateways", "network-natgateways", "network-networksecuritygroups"],
      ...["network-publicipaddresses", "network-virtualnetworks", "operationalinsights-workspaces"],
    ];
    const folder = "azure-monitor-ref/supported";
    return Object.fromEntries(
      types.flatMap((type) => [
        [
          `${folder}-metrics/includes/microsoft-${type}-metrics-include.md`,
          `---\nms.date: 07/30/2024\n---\n
|Metric|Name in REST API|Unit|Aggregation|Dimensions|
|---|---|---|---|---|
|**Old**<br><br>Old |\`Old\` |Count |Total (Sum), Average |\\<none\\>|
`,
        ],
        [
          `${folder}-logs/includes/microsoft-${type}-logs-include.md`,
          `---\nms.date: 07/30/2024\n---\n
|Category|Category display name|Log table|
|---|---|---|
|\`Log\` |A log |Table|
`,
        ],
      ]),
    );
  }

  it("reads logs and metrics from where they were before they were taken away", async () => {
    const at = commit("azure-reference-other", monitorPages());
    git("azure-reference-other", "rm", "-rq", "azure-monitor-ref");
    git("azure-reference-other", "commit", "-q", "-m", "moved");
    await renew(folder, target);
    const { sources, categories } = written("logs.json");
    assert.ok((sources as { commit: string }[]).every(({ commit }) => commit === at));
    assert.deepStrictEqual((categories as Record<string, unknown>)["microsoft.keyvault/vaults"], [
      "Log",
    ]);
    const { metrics } = written("metrics.json") as { metrics: Record<string, unknown> };
    assert.deepStrictEqual(metrics["microsoft.network/applicationgateways"], {
      Old: { aggregations: ["Total", "Average"], dimensions: [] },
    });
  });

  it("takes today's page of a metric where there is a checkout of it", async () => {
    commit("azure-reference-other", monitorPages());
    commit("azure-monitor-docs", {
      "articles/azure-monitor/reference/supported-metrics/microsoft-network-applicationgateways-metrics.md": `---\nms.date: 07/13/2026\n---\n
|Metric|Name in REST API|Unit|Aggregation|Dimensions|
|---|---|---|---|---|
|**Unhealthy Host Count**<br><br>Number |\`UnhealthyHostCount\` | Count |Average |\`BackendSettingsPool\`|
`,
    });
    await renew(folder, target);
    const { metrics } = written("metrics.json") as { metrics: Record<string, unknown> };
    assert.deepStrictEqual(metrics["microsoft.network/applicationgateways"], {
      UnhealthyHostCount: { aggregations: ["Average"], dimensions: ["BackendSettingsPool"] },
    });
    assert.deepStrictEqual(Object.keys(metrics["microsoft.keyvault/vaults"] as object), ["Old"]);
  });

  it("leaves a file alone of which there is no checkout, and says so", async () => {
    const lines = await renew(folder, target);
    assert.ok(
      lines.includes(
        "regions.json: left as it is, no checkout of MicrosoftDocs/azure-databases-docs",
      ),
      lines.join("\n"),
    );
    assert.throws(() => written("regions.json"), /ENOENT/);
  });

  it("names a page that Microsoft moved", async () => {
    commit("azure-docs", { "README.md": "moved" });
    await assert.rejects(
      renew(folder, target),
      /MicrosoftDocs\/azure-docs has no articles\/role-based-access-control\/built-in-roles\.md/,
    );
  });
});
