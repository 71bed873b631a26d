import type { ProfileName } from "../../components/platform/profiles";
import type { Resource } from "../../policy/rules";
import { runProgram } from "../../mocks/program";

/** Every stack file with the profile that it chooses. */
export const STACKS: readonly (readonly [stack: string, profile: ProfileName])[] = [
  ["dev", "dev"],
  ["prod", "prod"],
  ["rehearsal", "prod"],
];

const runs = new Map<string, Promise<readonly Resource[]>>();

/** What the whole program registers for a stack at its first `up`; runs it once only. */
export function registeredResources(stack: string): Promise<readonly Resource[]> {
  const resources = runs.get(stack) ?? register(stack);
  runs.set(stack, resources);
  return resources;
}

async function register(stack: string): Promise<readonly Resource[]> {
  const { program } = await runProgram(stack);
  return program.registrations
    .filter(({ custom }) => custom)
    .map(({ type, name, inputs }) => ({ type, name, props: inputs }));
}
