import { ApiError } from "./objects";

type Labels = Readonly<Record<string, string>>;

const EQUALITY = /^([^\s!=]+)\s*(=|==|!=)\s*([^\s!=]*)$/;
const EXISTENCE = /^(!?)\s*([^\s!=(),]+)$/;

/** A label selector with equality and existence, as in `a=b,c!=d,e,!f`. */
export function parseSelector(text: string): (labels: Labels) => boolean {
  const requirements = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(parseRequirement);
  return (labels) => requirements.every((holds) => holds(labels));
}

function parseRequirement(text: string): (labels: Labels) => boolean {
  const [, key = "", operator, value] = EQUALITY.exec(text) ?? [];
  if (operator !== undefined) {
    return (labels) => (labels[key] === value) === (operator !== "!=");
  }
  const [, not, name = ""] = EXISTENCE.exec(text) ?? [];
  if (not === undefined) {
    throw new ApiError(`unable to parse requirement: ${text}`, 400, "BadRequest");
  }
  return (labels) => name in labels === (not === "");
}
