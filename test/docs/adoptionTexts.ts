import type { Adopted } from "../../components/plan";
import type { AdoptionFacts, FoundRole } from "../../components/platform/adoptionFacts";
import { adoptionProblems } from "../../components/platform/adoptionProblems";
import { ADOPTED } from "../support/adopted";

const ROLE: FoundRole = { attributes: [], isAdministrator: false, isOurs: true, grantors: [] };

/** A server that has nothing against it. */
const FACTS: AdoptionFacts = {
  ...{ administrator: "rotation_admin", legacy: ROLE, owner: ROLE, actsAsOwner: true },
  ...{ logins: ["shop"], databases: ["shop"], databaseOwner: "dba", mayConnect: true },
  ...{ mayCreateSchema: true, settings: [], own: [], inSchema: null, isMarked: false },
  ...{ notActed: [], members: [], sessions: [], prepared: [], foreign: [], eventTriggers: [] },
};

const OWNER = { ownerRole: "shop owner" };
const CARRIED = { searchPath: ["a"], statementTimeout: 1, idleInTransactionTimeout: 1 };
const setting = (name: string, value: string) => ({ name, value, isInDatabase: false });
const foreign = [{ kind: "TABLE", object: "public.audit", owner: "dba" }];
const blue = { name: "app_blue", isOurs: false, grantors: ["former_admin"] };

const UNFIT: readonly (readonly [Partial<AdoptionFacts>, Partial<Adopted>?])[] = [
  [{ legacy: null }],
  [{ legacy: { ...ROLE, isAdministrator: true } }],
  [{ legacy: { ...ROLE, isOurs: false, grantors: ["dba"] } }],
  [{ legacy: { ...ROLE, isOurs: false } }],
  [{ legacy: { ...ROLE, attributes: ["CREATEROLE"] } }],
  [{ foreign }],
  [{ owner: null }, OWNER],
  [{ owner: { ...ROLE, isAdministrator: true } }, OWNER],
  [{ actsAsOwner: false, foreign }, OWNER],
  [{ owner: { ...ROLE, isOurs: false, attributes: ["CREATEDB"] } }, OWNER],
  [{ databaseOwner: null }],
  [{ mayConnect: false }],
  [{ mayCreateSchema: false }],
  [
    {
      settings: [
        setting("search_path", "a, b"),
        setting("statement_timeout", "1s"),
        setting("idle_in_transaction_session_timeout", "1s"),
        setting("work_mem", "8MB"),
        setting("role", "shop owner"),
      ],
    },
  ],
  [{}, CARRIED],
  [{ own: [blue], inSchema: 2 }],
  [{ own: [blue], inSchema: 2, isMarked: true }],
];

/** Every text that refuses a login to take over, a sentence each. */
export function refusedAdoptions(): string[] {
  return UNFIT.flatMap(([facts, adopted = {}]) =>
    adoptionProblems(
      { adopted: { ...ADOPTED, ...adopted }, application: "app", stack: "prod" },
      { ...FACTS, ...facts },
      { isFirst: true },
    ).map(([key, text]) => `rotation:${key} ${text}`),
  );
}
