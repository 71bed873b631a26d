import type { Probes, TypeProbes } from "./probes";

const string: TypeProbes = {
  base: { length: 12 },
  properties: {
    keepers: {
      values: [{ generation: "1" }, { generation: "2" }, { generation: "" }, {}],
      odd: ["1", { generation: 1 }, { generation: null }, ["1"]],
    },
    length: { values: [10, 11, "12"], odd: [0, -1, 1.5, "many", true, null] },
    lower: { values: [false, true], odd: ["false", "no", 1] },
    minLower: { values: [0, 3], odd: [-1, 13, "3", 1.5] },
    minNumeric: { values: [0, 3], odd: [-1, 13, "3"] },
    minSpecial: { values: [0, 3], odd: [-1, 13, "3"] },
    minUpper: { values: [0, 3], odd: [-1, 13, "3"] },
    number: { values: [true, false], odd: ["false", "no"] },
    numeric: { values: [true, false], odd: ["false", "no"] },
    overrideSpecial: { values: ["", "-_", "+"], odd: [1, true, ["-"]] },
    special: { values: [true, false], odd: ["false", "no"] },
    upper: { values: [true, false], odd: ["false", "no"] },
  },
  combinations: {
    "all classes off": { lower: false, upper: false, numeric: false, special: false },
    "number against numeric": { number: true, numeric: false },
    "number like numeric": { number: false, numeric: false },
    "a minimum of a class that is off": { lower: false, minLower: 2 },
    "minimums as long as the whole": { minLower: 4, minUpper: 4, minNumeric: 4 },
    "minimums longer than the whole": { minLower: 5, minUpper: 4, minNumeric: 4 },
    "special characters that are off": { special: false, overrideSpecial: "-" },
  },
};

export const random: Probes = {
  "random:index/randomPassword:RandomPassword": string,
  "random:index/randomString:RandomString": string,
};
