import type { Run } from "./moves";
import type { Plan } from "./rotationPlan";
export interface Kept {
  readonly trial: { readonly template: string; readonly isSettled: boolean } | undefined;
  readonly vacates: boolean;
}
export function keptFrom(completed: (Run & { template?: string; tried?: boolean; vacated?: boolean }) | undefined, asked: { plan: Plan; template: string; trial: "pod" | "none" }): Kept {
  return { trial: undefined, vacates: false };
}
