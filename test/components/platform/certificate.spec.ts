import assert from "node:assert";
import { CERTIFICATE_ID, certificateReference } from "../../../components/platform/certificate";

const VAULT =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared/providers/" +
  "Microsoft.KeyVault/vaults";

describe("certificateReference", () => {
  it("gives the address without a version, so that the gateway follows renewals", () => {
    const resourceId = `${VAULT}/Shared-Certificates/secrets/App-dev`;
    assert.deepStrictEqual(certificateReference(resourceId), {
      resourceId,
      secretId: "https://shared-certificates.vault.azure.net/secrets/App-dev",
    });
  });
});

describe("CERTIFICATE_ID", () => {
  it("takes the id of a vault secret and of nothing else", () => {
    assert.match(`${VAULT}/shared-certificates/secrets/app`, CERTIFICATE_ID);
    for (const other of [
      `${VAULT}/shared-certificates`,
      `${VAULT}/shared-certificates/certificates/app`,
      `${VAULT}/shared-certificates/secrets/app/0123456789abcdef`,
      `${VAULT}/1shared/secrets/app`,
      "https://shared-certificates.vault.azure.net/secrets/app",
    ]) {
      assert.doesNotMatch(other, CERTIFICATE_ID);
    }
  });
});
