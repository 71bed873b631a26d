import * as pulumi from "@pulumi/pulumi";

/** What to do where Event Grid was not answered; undefined for other errors. */
export function handshakeHelp(error: string): string | undefined {
  // "Troubleshoot Azure Event Grid subscription validations".
  return /esvalidation|validation handshake/i.test(error)
    ? "The address in rotation:eventEndpoint did not agree to get the vault's events, which Event " +
        "Grid asks it during `pulumi up` already. It has to answer 200 with WebHook-Allowed-Origin to " +
        "`curl --include --request OPTIONS --header 'WebHook-Request-Origin: eventgrid.azure.net' " +
        "<address>`, from the internet; `npx rotation preflight` asks the same. Then `pulumi up`. To go " +
        "without: `pulumi config rm rotation:eventEndpoint`, then `pulumi up`."
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
