import { createHash } from "node:crypto";
import * as applicationinsights from "@pulumi/azure-native/applicationinsights";
import * as pulumi from "@pulumi/pulumi";
import { type ResourceScope, shared } from "../platform/scope";
import { type Figure, FIGURES } from "./workbookQueries";

export interface WorkbookArgs {
  /** Where the workbook is created, and what it is named after. */
  readonly scope: ResourceScope;
  /** Resource id of the workspace whose logs it shows. */
  readonly workspaceId: pulumi.Input<string>;
  /** Namespace of the application's pods and of the proofs. */
  readonly namespace: string;
}

const WORKSPACES = "microsoft.operationalinsights/workspaces";
const HOUR_MS = 3_600_000;

/** Kinds of parts of a workbook, as its format numbers them. */
const PART = { text: 1, query: 3, parameters: 9 } as const;

/** The page with the figures of a rotation, among the workbooks of the workspace. */
export function workbook(
  name: string,
  { scope, workspaceId, namespace }: WorkbookArgs,
  opts: pulumi.CustomResourceOptions,
): applicationinsights.Workbook {
  const { application, stack } = scope.naming;
  const source = pulumi.output(workspaceId);
  return new applicationinsights.Workbook(
    name,
    {
      ...shared(scope),
      // Azure accepts only a UUID; the same in every run.
      resourceName: uuidOf("workbook", application, stack),
      displayName: `Rotation of ${application} (${stack})`,
      description: "What to look at during a rotation.",
      kind: applicationinsights.WorkbookSharedTypeKind.Shared,
      category: "workbook",
      // Azure answers in lowercase, and anything else would be a difference.
      sourceId: source.apply((id) => id.toLowerCase()),
      serializedData: source.apply((id) =>
        JSON.stringify(workbookContent({ application, namespace }, id)),
      ),
    },
    opts,
  );
}

/** The content, in the format that the portal writes ("Azure Workbooks", advanced editor). */
export function workbookContent(
  { application, namespace }: { readonly application: string; readonly namespace: string },
  workspaceId: string,
): object {
  return {
    version: "Notebook/1.0",
    items: [
      {
        type: PART.text,
        name: "what to look for",
        content: {
          json:
            "During a rotation, expect requests that move from one slot to the other, no 5xx, " +
            "no host unhealthy for longer than a pod takes to start, sessions of both roles " +
            "until one is retired, and every proof Ok. Otherwise see docs/runbook.md.",
        },
      },
      {
        type: PART.parameters,
        name: "time",
        content: {
          version: "KqlParameterItem/1.0",
          parameters: [
            {
              id: uuidOf("parameter", "TimeRange"),
              version: "KqlParameterItem/1.0",
              name: "TimeRange",
              label: "Time",
              type: 4,
              isRequired: true,
              value: { durationMs: HOUR_MS },
              typeSettings: {
                selectableValues: [1, 4, 24, 48].map((hours) => ({ durationMs: hours * HOUR_MS })),
                allowCustom: true,
              },
            },
          ],
          style: "pills",
          queryType: 0,
          resourceType: WORKSPACES,
        },
      },
      ...Object.entries<Figure>(FIGURES).map(([name, { title, query, show }]) => ({
        type: PART.query,
        name,
        content: {
          version: "KqlItem/1.0",
          query: query(application, namespace),
          title,
          size: 0,
          timeContextFromParameter: "TimeRange",
          queryType: 0,
          resourceType: WORKSPACES,
          crossComponentResources: [workspaceId],
          visualization: show,
        },
      })),
    ],
    fallbackResourceIds: [workspaceId],
  };
}

/** A UUID derived from words, as version 5 derives one from a name. */
function uuidOf(...words: readonly string[]): string {
  const hex = createHash("sha256").update(words.join("/")).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join("-");
}
