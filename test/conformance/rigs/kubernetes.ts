import path from "node:path";

import { findHelm } from "../../../twin/kubernetes/helm/helm";
import { kubernetesProvider } from "../../../twin/kubernetes/provider";
import { CONFORMANCE_DIR, type Rig } from "../../support/conformance";
import { TestCluster } from "../../support/testCluster";

let helm = "";
let test: TestCluster;

export const kubernetes: Rig = {
  create: () =>
    kubernetesProvider(
      { standalone: test.cluster, byServer: () => undefined },
      { helm, root: path.join(CONFORMANCE_DIR, "charts") },
    ),
  configuration: () => ({}),
  start: async () => {
    ({ command: helm } = await findHelm());
    test = await TestCluster.start();
    await test.create("v1", "Namespace", "c-ns", {});
  },
  stop: () => test.stop(),
};
