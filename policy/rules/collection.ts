import type { Rule, Values } from "./rule";
import { like, oneOf, settings } from "./setting";
import { at, list, text, words } from "./values";

const COLLECTION = "azure-native:monitor:DataCollectionRule";
const STREAM = "Microsoft-ContainerInsights-Group-Default";

/** Rules about what the agent of Container insights collects. */
export const COLLECTION_RULES: readonly Rule[] = [
  ...settings(COLLECTION, {
    id: "ROT-DCR-1",
    title: "What is collected comes from Linux.",
    reference: "Structure of a data collection rule in Azure Monitor",
    path: "kind",
    must: oneOf("Linux"),
    good: "Linux",
    bad: "Windows",
  }),
  {
    id: "ROT-DCR-2",
    title: "What Container insights collects flows into a workspace.",
    reference: "Structure of a data collection rule in Azure Monitor",
    appliesTo: [COLLECTION],
    check: (props) => {
      const known = list(at(props, "destinations.logAnalytics"))
        .filter(({ workspaceResourceId }) => text(workspaceResourceId) !== "")
        .map(({ name }) => text(name));
      const flow = list(props["dataFlows"]).find(({ streams }) => words(streams).includes(STREAM));
      const targets = words(flow?.["destinations"]);
      return targets.length > 0 && targets.every((target) => known.includes(target))
        ? undefined
        : `no flow of ${STREAM} goes to one of destinations.logAnalytics.`;
    },
    good: { props: collection({}) },
    bad: { props: { ...collection({}), destinations: { logAnalytics: [] } } },
  },
  ...collected(
    ["ROT-DCR-3", "The collected stream has a source.", "streams.0", oneOf(STREAM), "other"],
    [
      "ROT-DCR-4",
      "Lines of containers are kept with their pod's name, as the alerts need them.",
      "extensionSettings.dataCollectionSettings.enableContainerLogV2",
      oneOf(true),
      false,
    ],
    [
      "ROT-DCR-5",
      "Nodes and pods are looked at every minute or few.",
      "extensionSettings.dataCollectionSettings.interval",
      like(/^[1-5]m$/),
      "30m",
    ],
    [
      "ROT-DCR-6",
      "No namespace is left out.",
      "extensionSettings.dataCollectionSettings.namespaceFilteringMode",
      oneOf("Off"),
      "Exclude",
    ],
  ),
];

type Row = readonly [
  id: string,
  title: string,
  path: string,
  must: ReturnType<typeof oneOf>,
  bad: unknown,
];

function collected(...rows: readonly Row[]): Rule[] {
  return rows.map(([id, title, path, { met, wanted }, bad]) => ({
    id,
    title,
    reference: "Container insights: configure data collection",
    appliesTo: [COLLECTION],
    check: (props) => {
      const [extension] = list(at(props, "dataSources.extensions"));
      return met(at(extension, path))
        ? undefined
        : `dataSources.extensions[0].${path} must be ${wanted}.`;
    },
    good: { props: collection({}) },
    bad: {
      props: collection(
        path.startsWith("streams")
          ? { streams: [bad] }
          : { extensionSettings: { dataCollectionSettings: { [path.split(".")[2]!]: bad } } },
      ),
    },
  }));
}

function collection(extension: Values): Values {
  return {
    dataFlows: [{ streams: [STREAM], destinations: ["workspace"] }],
    destinations: { logAnalytics: [{ name: "workspace", workspaceResourceId: "/workspaces/x" }] },
    dataSources: {
      extensions: [
        {
          streams: [STREAM],
          extensionSettings: {
            dataCollectionSettings: {
              enableContainerLogV2: true,
              interval: "1m",
              namespaceFilteringMode: "Off",
            },
          },
          ...extension,
        },
      ],
    },
  };
}
