import { type ChartPackage, describedPackage, isOfRegistry } from "../../components/chart";

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
          "here. Take the chart from its registry (oci://), or copy it into this project with " +
          "`helm pull` and name that folder.";
  }
  if (says("missing")) {
    const shown = `${chart.replace(/@.*$/, "")}${repository ? ` --repo ${repository}` : ""}`;
    return (
      `rotation:chartVersion: there is no ${describedPackage(from)} (${cause}). ` +
      `\`helm show chart ${shown}\` shows the newest version that is there.`
    );
  }
  return (
    `rotation:${key}: ${describedPackage(from)} cannot be pulled (${cause}). Repair that, and run ` +
    `\`${command}\`.`
  );
}
