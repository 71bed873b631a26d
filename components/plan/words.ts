import { LEGACY, slotOf } from "./rotationPlan";

/** Who holds a generation. */
export function holderOf(generation: number): string {
  return generation === LEGACY ? "the legacy login" : slotOf(generation);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
