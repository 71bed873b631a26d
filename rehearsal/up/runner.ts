import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * Makes this process a runner of the twin's cloud, because the program runs in here: its tools, its
 * login, and the authorities it trusts, which Node reads from a variable only when it starts.
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
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    setDefaultCACertificates(trusted);
    for (const [name, value] of before) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
  };
}
