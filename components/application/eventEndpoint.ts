import * as pulumi from "@pulumi/pulumi";

/** What to do if the endpoint did not answer Event Grid; undefined for other errors. */
export function handshakeHelp(error: string): string | undefined {
  // "Troubleshoot Azure Event Grid subscription validations".
  return /esvalidation|validation handshake/i.test(error)
    ? "The address in rotation:eventEndpoint did not accept the vault's events, for which Event " +
        "Grid asks it during `pulumi up`. It must answer 200 with WebHook-Allowed-Origin to " +
        "`curl --include --request OPTIONS --header 'WebHook-Request-Origin: eventgrid.azure.net' " +
        "<address>`, from the internet; `npx rotation preflight` sends the same request. Then " +
        "run `pulumi up`. To go without it: `pulumi config rm rotation:eventEndpoint`, then " +
        "`pulumi up`."
    : undefined;
}

/**
 * Explains why a subscription could not be made, beside Azure's own text, and without the address,
 * which may hold a key. It never tries again.
 */
export function eventEndpointHook(name: string): pulumi.ErrorHook {
  return new pulumi.ErrorHook(`${name}-handshake`, async ({ errors }) => {
    const help = handshakeHelp(errors.join("\n"));
    if (help !== undefined) {
      await pulumi.log.error(help);
    }
    return false;
  });
}
