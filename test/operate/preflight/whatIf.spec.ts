import assert from "node:assert";
import { PreflightBench, ROLE } from "../../support/preflight";
import { says } from "../../support/says";

const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000";
const GROUP_NAME = "rg-app-prod";
const GROUP = { resourceGroupName: GROUP_NAME, location: "westeurope" };

describe("the preflight with --what-if", function () {
  this.timeout(60_000);
  let bench: PreflightBench;

  before(async () => {
    bench = await PreflightBench.start();
  });

  after(() => bench.stop());

  afterEach(() => bench.reads.mend());

  it("has the whole export validated in the subscription, as long as there is no group", async () => {
    const [validation, whatIf, ...more] = await bench.askWhatIf();
    assert.deepStrictEqual(
      [validation!.state, whatIf!.state, more],
      ["ok", "ok", []],
      JSON.stringify([validation, whatIf]),
    );
    assert.match(whatIf!.why, /^Azure reports 1\d\d to create$/);
  });

  it("has it validated in the group once that is there, and names what the stack has not made", async () => {
    const group = await bench.bench.create("resources:ResourceGroup", GROUP);
    const network = await bench.bench.create("network:VirtualNetwork", {
      ...GROUP,
      virtualNetworkName: "vnet-app-prod",
      addressSpace: { addressPrefixes: ["10.60.0.0/16"] },
    });
    const made = ["platform", "platform-network"];
    const [, own] = await bench.askWhatIf({ made });
    const [, foreign] = await bench.askWhatIf({ made: ["platform"] });
    await bench.bench.delete("network:VirtualNetwork", network);
    await bench.bench.delete("resources:ResourceGroup", group);
    assert.match(own!.why, /1\d\d to create, 1 to change$/);
    const { why, ...rest } = foreign!;
    says(why, "Microsoft.Network/virtualNetworks vnet-app-prod", "is not this stack's");
    assert.deepStrictEqual(rest, {
      state: "wrong",
      what: "what-if",
      help: [`az resource show --ids ${bench.idOf("platform-network")}`],
    });
  });

  it("names what Azure has against it, each thing by itself", async () => {
    bench.reads.situation.problems.push(
      { code: "SkuNotAvailable", message: "The requested size is not available." },
      { code: "InvalidTemplate", message: "Something else." },
    );
    const findings = await bench.askWhatIf();
    assert.deepStrictEqual(
      findings.map(({ state, what, why, help }) => [state, what, why, help]),
      ["validation", "what-if"].flatMap((what) =>
        [
          "SkuNotAvailable: The requested size is not available.",
          "InvalidTemplate: Something else.",
        ].map((why) => ["wrong", what, why, ["npx rotation export --stack prod --out prod.json"]]),
      ),
    );
  });

  it("says with which role somebody may ask who may only read", async () => {
    bench.reads.situation.roles = [{ role: ROLE.reader, scope: SUBSCRIPTION }];
    const findings = await bench.askWhatIf();
    for (const { state, why, help } of findings) {
      assert.strictEqual(state, "could not ask");
      assert.match(why, /perform action 'Microsoft\.Resources\/deployments\/(validate|whatIf)\//);
      const [define = "", grant = ""] = help;
      const [, definition = "{}"] =
        /^az role definition create --role-definition '(.+)'$/.exec(define) ?? [];
      const { Name, Actions } = JSON.parse(definition) as { Name: string; Actions: string[] };
      assert.ok(Actions.includes("Microsoft.Resources/deployments/whatIf/action"));
      assert.match(grant, new RegExp(`--role "${Name}" --scope ${SUBSCRIPTION}$`));
    }
    assert.strictEqual(findings.length, 2);
  });
});
