/** A chart that is pulled: where from, and which version. */
export interface ChartPackage {
  /**
   * `oci://registry/path/name`, with `@sha256:...` if one manifest is meant; of a repository the
   * chart's name.
   */
  readonly chart: string;
  /** Address of the chart repository; undefined for a registry. */
  readonly repository?: string | undefined;
  /** The one version, as its Chart.yaml says. */
  readonly version: string;
}

/** One that was pulled. */
export interface PulledPackage extends ChartPackage {
  /** Of the archive, whatever it came from: `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
}

const OCI = "oci://";
const OCI_REFERENCE =
  /^oci:\/\/[a-z0-9.-]+(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(@sha256:[0-9a-f]{64})?$/;
const REPOSITORY = /^https:\/\/[\w.-]+(:\d{1,5})?(\/[\w.~%-]+)*\/?$/;
const NAME = /^[a-zA-Z0-9][\w.-]*$/;

/** A version that is no range: what Semantic Versioning calls one, with a `v` where charts have it. */
export const CHART_VERSION = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** Whether a chart is one of a registry. */
export function isOfRegistry(chart: string): boolean {
  return chart.startsWith(OCI);
}

/** Whether it is an address in a registry that helm can pull. */
export function isRegistryReference(chart: string): boolean {
  return OCI_REFERENCE.test(chart);
}

export function isChartName(chart: string): boolean {
  return NAME.test(chart);
}

/** The problem with the address of a repository; it follows the key, and never says the address. */
export function repositoryProblem(repository: string): string | undefined {
  return repository === "" || REPOSITORY.test(repository)
    ? undefined
    : "must be an https:// address without a login, such as https://charts.example.com/stable.";
}

/** The chart's own name: `shop` of `oci://registry.example.com/charts/shop`. */
export function nameOfPackage(chart: string): string {
  return chart.replace(/@.*$/, "").replace(/^.*\//, "");
}

/** A package as texts name it. */
export function describedPackage({ chart, repository, version }: ChartPackage): string {
  return `${chart} ${version}${repository === undefined ? "" : ` of ${repository}`}`;
}

export function isSamePackage(one: ChartPackage, other: ChartPackage): boolean {
  return describedPackage(one) === describedPackage(other);
}

/** Where a pulled chart is committed: `charts/shop.values.chart` for `charts/shop.values.yaml`. */
export function pulledFolderOf(values: string): string {
  return `${values.replace(/\.ya?ml$/, "")}.chart`;
}
