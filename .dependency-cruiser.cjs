// Who may import whom, types included, and in no circle: ADR 34, which shows both tables.

/** The folders: what each is for, and which of the others it may import. */
const FOLDERS = {
  azure: { purpose: "what Microsoft's documents say of Azure, as tables", imports: [] },
  components: {
    purpose: "the library: plan, chart, facts, contract, rotation, platform, application",
    imports: ["azure"],
  },
  infra: { purpose: "the program: configuration in, components out", imports: ["components"] },
  mocks: {
    purpose: "the program without an engine: each registration recorded and answered",
    imports: ["infra"],
  },
  operate: {
    purpose:
      "what the commands beside `pulumi up` know: contract, preflight, status, recovery, pipelines",
    imports: ["azure", "components"],
  },
  packages: { purpose: "licences and known vulnerabilities of what is installed", imports: [] },
  policy: { purpose: "rules about what a stack registers", imports: ["components"] },
  twin: { purpose: "stand-ins for the cloud, for any Pulumi client", imports: ["azure"] },
  export: { purpose: "what a stack would create, written down", imports: ["mocks", "twin"] },
  rehearsal: {
    purpose: "rotations played on the twin, and what is shown of them",
    imports: ["components", "infra", "operate", "twin"],
  },
  cli: {
    purpose: "`rotation <command>`: the only room that knows arguments, exit codes and colour",
    imports: ["components", "operate", "export", "rehearsal", "twin"],
  },
  images: { purpose: "the sample application and the proofs, programs of their own", imports: [] },
  test: {
    purpose: "mirrors the tree",
    imports: [
      ...["azure", "components", "infra", "mocks", "operate", "packages", "policy", "twin"],
      ...["export", "rehearsal", "cli"],
    ],
  },
};

/** The rooms of a folder, and what each may import of the same folder. */
const ROOMS = {
  components: {
    ...layers(
      ["plan", "arguments"],
      ["chart"],
      ["facts", "contract"],
      ["rotation", "platform"],
      ["application"],
    ),
    chart: ["plan"],
    facts: ["plan", "chart"],
    contract: ["plan", "chart"],
  },
  operate: layers(["state"], ["status", "recovery", "pipelines", "preflight", "contract"]),
  twin: {
    ...layers(["world"], ["plugin", "gateway", "vault"]),
    random: ["plugin"],
    postgresql: ["world", "plugin"],
    kubernetes: ["world", "plugin"],
    azure: ["world", "plugin", "vault"],
  },
  "twin/azure": {
    ...layers(
      ["arm"],
      ["identity", "network", "monitoring"],
      ["cluster", "database", "gateway", "vault"],
    ),
    registry: ["arm"],
    runner: ["arm"],
    reads: ["arm"],
  },
  "twin/kubernetes": {
    ...layers(["api"], ["controllers", "kubelet", "resources"]),
    helm: ["api", "resources"],
  },
  rehearsal: {
    ...layers(
      ["machine"],
      ["progress", "clients"],
      ["engine"],
      ["up"],
      ["result"],
      ["leaks"],
      ["rig"],
      ["rotation", "scenarios"],
      ["order"],
    ),
    report: ["result"],
  },
  "rehearsal/scenarios": layers(
    ["stack"],
    ["azure", "faults", "isolation", "kill", "longRun"],
    ["adoption", "strategies", "updates"],
    ["rolling"],
  ),
};

/** Folders that others enter by their index only. */
const DOORS = [
  "components",
  "components/chart",
  "components/contract",
  "components/plan",
  "components/facts",
];

/** A path in one of these folders. */
const within = (folders) => `^(${folders.join("|")})/`;

/** What is in a folder of `parent` imports, of `parent`, the folder itself and these. */
function only(parent, folder, imports) {
  return {
    name: `${parent}${folder} may import ${imports.join(", ") || "nothing"}`,
    from: { path: `^${parent}${folder}/` },
    to: {
      path: `^${parent || "[^/]+/"}`,
      pathNot: within([folder, ...imports].map((each) => `${parent}${each}`)),
      dependencyTypes: ["local"],
    },
  };
}

/** Nothing lies in a folder of `parent` that has no row. */
function onlyThese(parent, folders) {
  const name = `every folder of ${parent || "the root"} has a row in .dependency-cruiser.cjs`;
  const others = {
    path: `^${parent}[^/]+/`,
    pathNot: within(folders.map((each) => `${parent}${each}`)),
  };
  return [
    { name, from: others, to: {} },
    { name, from: {}, to: { ...others, dependencyTypes: ["local"] } },
  ];
}

/** Each room may import those of the lines above its own. */
function layers(...lines) {
  return Object.fromEntries(
    lines.flatMap((rooms, index) => rooms.map((room) => [room, lines.slice(0, index).flat()])),
  );
}

const forbidden = [
  { name: "no circle", from: {}, to: { circular: true } },
  ...onlyThese("", Object.keys(FOLDERS)),
  ...Object.entries(FOLDERS).map(([folder, { purpose, imports }]) => ({
    ...only("", folder, imports),
    comment: purpose,
  })),
  ...Object.entries(ROOMS).flatMap(([folder, rooms]) => [
    ...onlyThese(`${folder}/`, Object.keys(rooms)),
    ...Object.entries(rooms).map(([room, imports]) => only(`${folder}/`, room, imports)),
  ]),
  {
    name: `only the index is imported of ${DOORS.join(", ")}`,
    from: { pathNot: within(["components", "test"]) },
    to: { path: "^components/", pathNot: `^(${DOORS.join("|")})/index[.]ts$` },
  },
  {
    name: "components/plan knows nothing of Pulumi",
    from: { path: "^components/plan/" },
    to: { path: "^(node_modules/)?@pulumi/" },
  },
  {
    name: "commands are in cli",
    from: { pathNot: within(["cli", "test"]) },
    to: { path: "^(node_modules/)?commander" },
  },
];

module.exports = {
  forbidden: forbidden.map((rule) => ({ severity: "error", ...rule })),
  options: { tsPreCompilationDeps: true, doNotFollow: "node_modules" },
};
