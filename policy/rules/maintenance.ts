import { CLUSTER } from "./cluster";
import type { Rule, Values } from "./rule";
import { at, azureName, ofType, text } from "./values";

const WINDOW = "azure-native:containerservice:MaintenanceConfiguration";

/** The two schedules, each for one kind of upgrade. */
const SCHEDULES = ["aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"] as const;

/** Hours that the documents of AKS ask for at least. */
const LEAST_HOURS = 4;

const GOOD: Values = {
  configName: SCHEDULES[0],
  maintenanceWindow: {
    durationHours: 4,
    startTime: "02:00",
    utcOffset: "+00:00",
    schedule: { weekly: { intervalWeeks: 1, dayOfWeek: "Tuesday" } },
  },
};

/** Rules about when a cluster is upgraded. */
export const MAINTENANCE_RULES: readonly Rule[] = [
  {
    id: "AZR-000446",
    title: "Both kinds of upgrade have their hours.",
    appliesTo: [CLUSTER],
    needsStack: true,
    check: (_props, { all }) => {
      const known = ofType(all, WINDOW).map(({ props }) => text(props["configName"]));
      const missing = SCHEDULES.filter((schedule) => !known.includes(schedule));
      return missing.length === 0 ? undefined : `there is no ${missing.join(" and no ")}.`;
    },
    good: {
      props: {},
      others: SCHEDULES.map((configName) => ({
        type: WINDOW,
        name: configName,
        props: { configName },
      })),
    },
    bad: {
      props: {},
      others: [{ type: WINDOW, name: "one", props: { configName: SCHEDULES[0] } }],
    },
  },
  {
    id: "ROT-AKS-30",
    title: "An upgrade happens at night, on one working day, with time to finish.",
    reference: "Use planned maintenance to schedule and control upgrades for your AKS cluster",
    appliesTo: [WINDOW],
    check: (props) => {
      const window = at(props, "maintenanceWindow");
      const hours = at(window, "durationHours");
      const start = text(at(window, "startTime"));
      const offset = at(window, "utcOffset");
      const weekly = at(window, "schedule.weekly");
      const problems = [
        typeof hours === "number" && hours >= LEAST_HOURS && hours <= 12
          ? []
          : [`durationHours must be ${LEAST_HOURS} to 12`],
        /^(?:2[0-3]|0[0-5]):[0-5]\d$/.test(start) ? [] : ["startTime must be from 20:00 to 05:59"],
        offset === undefined || /^[+-]\d\d:\d\d$/.test(text(offset))
          ? []
          : ["utcOffset must be +hh:mm"],
        at(weekly, "intervalWeeks") === 1 ? [] : ["schedule.weekly.intervalWeeks must be 1"],
        /^(?:Mon|Tues|Wednes|Thurs|Satur|Sun)day$/.test(text(at(weekly, "dayOfWeek")))
          ? []
          : ["schedule.weekly.dayOfWeek must not be a Friday"],
      ].flat();
      return problems.length === 0 ? undefined : `maintenanceWindow: ${problems.join("; ")}.`;
    },
    good: { props: GOOD },
    bad: { props: { ...GOOD, maintenanceWindow: { durationHours: 1, startTime: "12:00" } } },
  },
  {
    id: "ROT-AKS-31",
    title: "Nodes and cluster are not upgraded on the same day.",
    reference: "Use planned maintenance to schedule and control upgrades for your AKS cluster",
    appliesTo: [WINDOW],
    needsStack: true,
    check: (props, { all }) => {
      const day = (of: Values) => at(of, "maintenanceWindow.schedule.weekly.dayOfWeek");
      const other = ofType(all, WINDOW).find(
        (each) =>
          each.props["configName"] !== props["configName"] && day(each.props) === day(props),
      );
      return other === undefined
        ? undefined
        : `${azureName(other) || other.name} is on the same day, ${text(day(props))}.`;
    },
    good: { props: GOOD },
    bad: {
      props: GOOD,
      others: [{ type: WINDOW, name: "os", props: { ...GOOD, configName: SCHEDULES[1] } }],
    },
  },
];
