import { type Examples, setting } from "./example";

export const MONITORING_EXAMPLES: Examples = {
  "AZR-000425": setting("replication.enabled", true, false),
  "AZR-000486": setting("workspaceName", "log-app-prod", "-"),
  "ROT-LOG-4": setting("features.disableLocalAuth", true, false),
  "AZR-000491": setting("autoMitigate", true, false),
  "AZR-000492": setting("evaluationFrequency", "PT5M", "PT1M"),
  "ROT-EVENT-3": setting(
    "destination.endpointUrl",
    "https://events.example.com/rotation",
    "http://events.example.com/rotation",
    { destination: { endpointType: "WebHook" } },
  ),
};
