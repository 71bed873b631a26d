import {
  type ChartPackage,
  contractFileOf,
  describedPackage,
  isOfRegistry,
  type PulledPackage,
} from "../../components/chart";

/** What helm says, in the words of its own and of the libraries below it. */
const SAYS = {
  otherDigest: /digest mismatch/,
  unknownAuthority: /x509:/,
  unreachable:
    /dial tcp|no such host|connection re|timeout|deadline exceeded|no answer|unreachable|proxyconnect|\bEOF\b|\b50[234]\b/,
  login: /\b40[13]\b|unauthorized|denied|forbidden|credential not found|authentication required/i,
  // Without an index it is no repository, whatever the version.
  missing: /^(?!.*index\.yaml).*(not found|\b404\b|unknown)/is,
} as const;

/**
 * Why a chart cannot be pulled, in one line: the key, the cause, and what to do.
 *
 * @param said by helm
 * @param command what pulls it
 */
export function pullProblem(from: ChartPackage, said: string, command: string): string {
  // A registry may send clients to a storage whose address is signed.
  const cause = said.replaceAll(/\?[^\s"]+/g, "?...").replaceAll(/\s+/g, " ");
  const { chart, repository } = from;
  const host = new URL(repository ?? chart).host;
  const key = repository === undefined ? "chart" : "chartRepository";
  const says = (what: keyof typeof SAYS) => SAYS[what].test(said);
  if (says("otherDigest")) {
    return (
      `rotation:chart: ${from.version} is not the manifest that its digest names (${cause}). Set both ` +
      `to what was reviewed, and run \`${command}\`.`
    );
  }
  if (says("unknownAuthority")) {
    return (
      `rotation:${key}: the certificate of ${host} is not trusted here (${cause}). Name the file of its ` +
      `authority in SSL_CERT_FILE, and run \`${command}\`.`
    );
  }
  if (says("unreachable")) {
    return (
      `rotation:${key}: ${host} cannot be reached (${cause}). \`pulumi preview\` and \`pulumi up\` do ` +
      `without it; where it can be reached, run \`${command}\`.`
    );
  }
  if (says("login")) {
    return isOfRegistry(chart)
      ? `rotation:chart: ${host} wants a login that may read it (${cause}). Run ` +
          `\`helm registry login ${host}\`, and then \`${command}\`.`
      : `rotation:chartRepository: ${host} wants a login (${cause}), and only registries can have one ` +
          "here. Take the chart from its registry (oci://), or unpack it into this project with " +
          "`helm pull` and name the folder with `pulumi config set rotation:chart <folder>`.";
  }
  if (says("missing")) {
    const shown = `${chart.replace(/@.*$/, "")}${repository ? ` --repo ${repository}` : ""}`;
    return (
      `rotation:chartVersion: there is no ${describedPackage(from)} (${cause}). ` +
      `\`helm show chart ${shown}\` shows the newest version that is there; set one, and run \`${command}\`.`
    );
  }
  return (
    `rotation:${key}: ${describedPackage(from)} cannot be pulled (${cause}). Repair that, and run ` +
    `\`${command}\`.`
  );
}

/** @param version what its Chart.yaml says */
export function otherVersionText(from: ChartPackage, version: string, command: string): string {
  return (
    `rotation:chartVersion: ${describedPackage(from)} is ${version} by its Chart.yaml. Take a version that ` +
    `says its own number, and run \`${command}\`.`
  );
}

/** @param path what is neither a file nor a folder */
export function linkText(from: ChartPackage, path: string, command: string): string {
  return (
    `rotation:chart: ${describedPackage(from)} holds ${path}, which is no file and no folder. Take a ` +
    `version that \`helm package\` packed, and run \`${command}\`.`
  );
}

/** A version that was something else when it was committed. */
export function replacedText(
  [before, now]: readonly [before: PulledPackage, now: PulledPackage],
  { values, command, differing }: Differing,
): string {
  const file = contractFileOf(values);
  const files =
    differing.length > 0 ? `They differ in ${listed(differing)}` : "Their files are the same";
  return (
    `rotation:chartVersion: ${describedPackage(now)} is another package than the one that ${file} is of: ` +
    `${before.digest} then and ${now.digest} now. ${files}. Ask whoever publishes it, or take another ` +
    "version; what is committed stays as it is. To take what is there now, run " +
    `\`rm ${file}\` and then \`${command}\`.`
  );
}

/** @param chart folder that it is committed in */
export function editedText(
  chart: string,
  from: ChartPackage,
  { values, command, differing }: Differing,
): string {
  return (
    `${chart} is not what ${describedPackage(from)} is: they differ in ${listed(differing)}. Somebody edited ` +
    `a copy. \`${command}\` restores it; what is yours belongs in ${values}, or in a chart of your own.`
  );
}

interface Differing {
  /** File with the values. */
  readonly values: string;
  readonly command: string;
  /** Files that differ. */
  readonly differing: readonly string[];
}

/** Most files that a text names. */
const MOST_NAMED = 10;

function listed(files: readonly string[]): string {
  const others = files.length - MOST_NAMED;
  return files.slice(0, MOST_NAMED).join(", ") + (others > 0 ? ` and ${others} others` : "");
}
