import { ProviderError } from "../../plugin/provider";
import type { PlainObject } from "./plain";

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

/** A PUT that was accepted and came to nothing afterwards: the resource is there, and has failed. */
export class FailedAfterwards extends ArmError {
  /** @param answer what the resource is until the next PUT */
  constructor(
    armCode: string,
    armMessage: string,
    readonly answer: PlainObject,
  ) {
    super(200, armCode, armMessage);
  }
}
