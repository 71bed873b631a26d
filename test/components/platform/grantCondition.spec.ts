import assert from "node:assert";
import { parseCondition, type Verdict } from "../../../azure/conditions";
import { ACCESS, AZURE_ROLES } from "../../../components/platform/access";
import { ACCESS_ROWS, grantCondition } from "../../../components/platform/grantCondition";

const DEPLOYER = "aaaaaaaa-0000-4000-8000-000000000001";
const OTHER = "aaaaaaaa-0000-4000-8000-000000000002";
const OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/** What a write and a deletion of an assignment are answered. */
function asked(
  condition: string,
  assignment: { readonly role: string; readonly type?: string; readonly to?: string },
): Verdict[] {
  const { role, type = "ServicePrincipal", to = OTHER } = assignment;
  const prefix = "microsoft.authorization/roleassignments";
  const values: Readonly<Record<string, string>> = {
    [`${prefix}:roledefinitionid`]: role,
    [`${prefix}:principaltype`]: type,
    [`${prefix}:principalid`]: to,
  };
  return (["write", "delete"] as const).map((verb) =>
    parseCondition(condition)({
      action: `Microsoft.Authorization/roleAssignments/${verb}`,
      attribute: (source, name) =>
        source === { write: "request", delete: "resource" }[verb] ? [values[name]!] : undefined,
    }),
  );
}

describe("the condition on the deployer's right to assign roles", () => {
  const condition = grantCondition(ACCESS_ROWS, DEPLOYER);

  it("allows every row of the access table, and that it is taken away", () => {
    for (const [row, { principal, role }] of Object.entries(ACCESS)) {
      const isOwn = principal === "whoever runs `pulumi up`";
      const to = isOwn ? { to: DEPLOYER, type: "User" } : {};
      assert.deepStrictEqual(
        asked(condition, { role: AZURE_ROLES[role], ...to }),
        [true, true],
        row,
      );
    }
  });

  it("allows nobody a role that the table does not have", () => {
    for (const to of [DEPLOYER, OTHER]) {
      assert.deepStrictEqual(asked(condition, { role: OWNER, to }), [false, false]);
    }
  });

  it("allows nobody else what the table gives the deployer, and no person what services get", () => {
    for (const role of [AZURE_ROLES.aksClusterAdmin, AZURE_ROLES.keyVaultSecretsOfficer]) {
      assert.deepStrictEqual(asked(condition, { role }), [false, false]);
    }
    const person = { role: AZURE_ROLES.keyVaultSecretsUser, type: "User" };
    assert.deepStrictEqual(asked(condition, person), [false, false]);
  });

  it("is as narrow as the rows of a scope", () => {
    const certificate = grantCondition(["gateway-certificate"], DEPLOYER);
    const { keyVaultSecretsUser, contributor } = AZURE_ROLES;
    assert.deepStrictEqual(asked(certificate, { role: keyVaultSecretsUser }), [true, true]);
    assert.deepStrictEqual(asked(certificate, { role: contributor }), [false, false]);
    assert.doesNotMatch(certificate, new RegExp(DEPLOYER));
  });

  it("says of all other actions nothing", () => {
    const read = { action: "Microsoft.Authorization/roleAssignments/read", attribute: () => [] };
    assert.strictEqual(parseCondition(condition)(read), true);
  });

  it("can stand between double quotes of a shell", () => {
    assert.doesNotMatch(condition, /["$`\\]/);
  });
});
