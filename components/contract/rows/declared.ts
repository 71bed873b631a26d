import type { Row } from "../row";

export const declared: readonly Row[] = [
  {
    id: "D1",
    holds: "what no chart says is said: connections, and as whom the application acts",
    level: { blueGreen: "fails", rolling: "fails" },
    judge: ({ declared: { actAs, connections } }) => [
      ...(connections === undefined
        ? [
            {
              why: "Nobody has said how many connections a slot opens: with several workloads it is not pods times pool.",
              repair: "Set --connections to the most that all pods of a slot open together.",
            },
          ]
        : []),
      ...(actAs === undefined
        ? [
            {
              why: "Nobody has said as whom the application acts.",
              repair:
                "Set --act-as owner when it creates or alters its tables itself, else readwrite.",
            },
          ]
        : []),
    ],
  },
];
