/** Of a `.cpuprofile` of V8. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Share of a profile. */
export interface Share {
  readonly what: string;
  /** Of all the time in which the thread was not idle, 0 to 1. */
  readonly part: number;
}

/** What computes, by where its code is; the first that applies. */
const GROUPS: readonly (readonly [
  what: string,
  applies: (name: string, url: string) => boolean,
])[] = [
  ["waiting", (name) => name === "(idle)"],
  ["garbage collection", (name) => name === "(garbage collector)"],
  ["compiling modules", (name, url) => name === "wrapSafe" && url.startsWith("node:")],
  [
    "TypeScript, ts-node and swc",
    (_, url) => /\/node_modules\/(typescript|ts-node|@swc)\//.test(url),
  ],
  ["the SDK of Pulumi", (_, url) => url.includes("/node_modules/@pulumi/pulumi/")],
  ["gRPC and protobuf", (_, url) => /\/node_modules\/(@grpc|google-protobuf)\//.test(url)],
  ["other packages", (_, url) => url.includes("/node_modules/")],
  [
    "Node and V8 for the above: promises, files, sockets",
    (_, url) => url === "" || url.startsWith("node:"),
  ],
  ["this program", () => true],
];

/** How much of the time of its one thread went where, the largest first. */
export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): Share[] {
  const groups = new Map(
    nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      GROUPS.find(([, applies]) => applies(functionName, url))![0],
    ]),
  );
  const times = new Map<string, number>();
  samples.forEach((id, index) => {
    const what = groups.get(id)!;
    times.set(what, (times.get(what) ?? 0) + timeDeltas[index]!);
  });
  times.delete("waiting");
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([what, time]) => ({ what, part: time / all }))
    .sort((a, b) => b.part - a.part);
}
