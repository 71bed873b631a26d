import { ProviderError } from "../../plugin/provider";

/** A refusal of Azure Resource Manager, in the words of the official provider. */
export class ArmError extends ProviderError {
  constructor(
    readonly status: number,
    readonly armCode: string,
    readonly armMessage: string,
  ) {
    super(`Status=${status} Code="${armCode}" Message="${armMessage}"`);
  }
}
