import { administrator } from "./administrator";
import { adopt, killAdopt } from "./adoption/adopt";
import { partialCreate } from "./azure/partialCreate";
import { upgraded } from "./azure/upgraded";
import { faultsCluster } from "./faults/faultsCluster";
import { faultsDatabase } from "./faults/faultsDatabase";
import { faultsGateway } from "./faults/faultsGateway";
import { faultsRunner } from "./faults/faultsRunner";
import { faultsVault } from "./faults/faultsVault";
import { firstDeployment } from "./firstDeployment";
import { gone } from "./gone";
import { changedByHand } from "./handChanges";
import { hostileLiveRole } from "./hostileLiveRole";
import { isolation } from "./isolation/isolation";
import { kills } from "./kill/kill";
import { leaks } from "./leaks";
import { longRun } from "./longRun/longRun";
import { moves } from "./moves";
import { refusals } from "./refusals";
import { rolling } from "./rolling";
import type { Scenario } from "./stack/scenario";
import { status } from "./status";
import { twoAtOnce } from "./twoAtOnce";
import { changeStrategy } from "./strategies/changeStrategy";
import { updatePlans } from "./updatePlans";
import { updates } from "./updates";

/** Every scenario, in the order in which `all` plays them. */
export const SCENARIOS: readonly Scenario[] = [
  ...moves,
  ...refusals,
  ...faultsGateway,
  ...faultsVault,
  ...faultsDatabase,
  ...faultsCluster,
  ...faultsRunner,
  upgraded,
  twoAtOnce,
  updatePlans,
  changedByHand,
  gone,
  administrator,
  status,
  isolation,
  hostileLiveRole,
  leaks,
  longRun,
  ...kills,
  ...updates,
  changeStrategy,
  ...rolling,
  firstDeployment,
  partialCreate,
  adopt,
  killAdopt,
];
