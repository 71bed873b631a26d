import assert from "node:assert";
import { parseCondition, type Verdict } from "../../azure/conditions";

const READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const ROLE = "Microsoft.Authorization/roleAssignments:RoleDefinitionId";
const TYPE = "Microsoft.Authorization/roleAssignments:PrincipalType";
const WRITE = "Microsoft.Authorization/roleAssignments/write";

/** A write of an assignment of Reader, to several types of principals at once. */
function judge(text: string, types: readonly string[] | undefined = ["ServicePrincipal"]): Verdict {
  const values: Readonly<Record<string, readonly string[] | undefined>> = {
    [`request ${ROLE}`.toLowerCase()]: [
      `/providers/Microsoft.Authorization/roleDefinitions/${READER}`,
    ],
    [`request ${TYPE}`.toLowerCase()]: types,
  };
  return parseCondition(text)({
    action: WRITE,
    attribute: (source, name) => values[`${source} ${name}`],
  });
}

/** Examples of Learn's pages on delegating the management of access, shortened. */
const CASES: readonly (readonly [text: string, verdict: Verdict])[] = [
  [`(!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}))`, true],
  [`!(ActionMatches{'microsoft.authorization/*'})`, false],
  [`@Request[${ROLE}] ForAnyOfAnyValues:GuidEquals {${OWNER}, ${READER}}`, true],
  [`@Request[${ROLE}] GuidEquals ${READER}`, true],
  [`@Request[${ROLE}] ForAnyOfAllValues:GuidNotEquals {${OWNER}}`, true],
  [`@Request[${ROLE}] ForAnyOfAllValues:GuidNotEquals {${OWNER}, ${READER}}`, false],
  [`@Resource[${ROLE}] ForAnyOfAnyValues:GuidEquals {${READER}}`, undefined],
  [`@Request[${TYPE}] ForAnyOfAnyValues:StringEqualsIgnoreCase {'serviceprincipal'}`, true],
  [`@Request[${TYPE}] StringEquals 'serviceprincipal'`, false],
  [`@Request[${TYPE}] StringNotEquals 'User'`, true],
  [`Exists @Request[${TYPE}]`, true],
  [`SubOperationMatches{'Blob.List'}`, false],
  [`@Request[${TYPE}] StringLike 'Service*'`, undefined],
  [`@Request[${TYPE}] StringEquals @Principal[type]`, undefined],
  // What decides counts for more than what is not known.
  [`@Resource[${ROLE}] GuidEquals ${READER} OR @Request[${ROLE}] GuidEquals ${READER}`, true],
  [`@Resource[${ROLE}] GuidEquals ${READER} && @Request[${ROLE}] GuidEquals ${OWNER}`, false],
  [`NOT @Resource[${ROLE}] GuidEquals ${READER}`, undefined],
  [`(!(ActionMatches{'${WRITE}'}) || (@Request[${ROLE}] GuidEquals {${OWNER}}))`, false],
];

describe("conditions on role assignments", () => {
  for (const [text, verdict] of CASES) {
    it(`are ${verdict ?? "left open"} for ${text}`, () => {
      assert.strictEqual(judge(text), verdict);
    });
  }

  it("ask for one, or for all, of several values", () => {
    const types = ["ServicePrincipal", "User"];
    const asks = (quantifier: string, values: string) =>
      judge(`@Request[${TYPE}] ${quantifier}:StringEquals {${values}}`, types);
    assert.strictEqual(asks("ForAnyOfAnyValues", "'User', 'Group'"), true);
    assert.strictEqual(asks("ForAllOfAnyValues", "'User', 'Group'"), false);
    assert.strictEqual(asks("ForAllOfAnyValues", "'User', 'ServicePrincipal'"), true);
    assert.strictEqual(asks("ForAnyOfAllValues", "'User', 'ServicePrincipal'"), false);
    assert.strictEqual(asks("ForAllOfAllValues", "'User'"), false);
  });

  for (const text of ["", "(", "@Request[a]", "@Request[...]", "a b", `Exists 'a'`, "!()", '"a"']) {
    it(`are not taken from "${text}"`, () => {
      assert.throws(() => parseCondition(text), SyntaxError);
    });
  }
});
