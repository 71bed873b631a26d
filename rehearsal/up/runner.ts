import { setVariables, variablesForElsewhere } from "../../twin/world/environment";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * Makes this process a runner of the twin's cloud, because the program runs in here: its tools, its
 * login, and the authorities it trusts, which Node reads from a variable only when it starts. What
 * leads elsewhere is not set: this process, and what it starts, works with the twin only.
 *
 * @param variables as the twin names them
 * @param authority certificate to trust besides the usual ones, PEM
 * @returns what takes all of it back
 */
export function becomeRunner(
  variables: Readonly<Record<string, string>>,
  authority: string,
): () => void {
  const trusted = getCACertificates("default");
  setDefaultCACertificates([...trusted, authority]);
  const changed: NodeJS.ProcessEnv = { ...variablesForElsewhere(), ...variables };
  const before = Object.fromEntries(
    Object.keys(changed).map((name) => [name, process.env[name]] as const),
  );
  setVariables(changed);
  return () => {
    setDefaultCACertificates(trusted);
    setVariables(before);
  };
}
