import { PolicyPack } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { policyPack } from "./pack";

/** What `pulumi preview --policy-pack policy` runs. */
new PolicyPack(
  "rotation",
  policyPack(() => new pulumi.Config("rotation").get("profile")),
);
