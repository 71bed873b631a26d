import { faultsCluster } from "./faultsCluster";
import { faultsDatabase } from "./faultsDatabase";
import { faultsGateway } from "./faultsGateway";
import { faultsRunner } from "./faultsRunner";
import { faultsVault } from "./faultsVault";
import { changedByHand } from "./handChanges";
import { isolation } from "./isolation";
import { kills } from "./kill";
import { leaks } from "./leaks";
import { longRun } from "./longRun";
import { moves } from "./moves";
import { refusals } from "./refusals";
import type { Scenario } from "./scenario";
import { status } from "./status";
import { twoAtOnce } from "./twoAtOnce";

/** Every scenario, in the order in which `all` plays them. */
export const SCENARIOS: readonly Scenario[] = [
  ...moves,
  ...refusals,
  ...faultsGateway,
  ...faultsVault,
  ...faultsDatabase,
  ...faultsCluster,
  ...faultsRunner,
  twoAtOnce,
  changedByHand,
  status,
  isolation,
  leaks,
  longRun,
  ...kills,
];
