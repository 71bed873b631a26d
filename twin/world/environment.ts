/** Of PostgreSQL's clients, and of Pulumi. */
const CLIENTS = /^(PG[A-Z]|PULUMI_)/;
/** What grpc-js, too, takes for the way to a loopback address. */
const PROXIES = /^(all|https?|grpc|no|no_grpc)_proxy$/i;

/**
 * What a person's shell says of other servers than the twin's: settings of clients, and proxies,
 * behind which nothing of a twin is.
 *
 * @returns these variables, each as one that is not set
 */
export function variablesForElsewhere(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => CLIENTS.test(name) || PROXIES.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** Changes the environment of this process; what is undefined is not set then. */
export function setVariables(variables: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
}
