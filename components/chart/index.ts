/** What the program knows of a chart: its files, its values with placeholders, and its contract. */
export * from "./chart";
export * from "./configured";
export * from "./contractFile";
export * from "./declared";
export * from "./delivery";
export * from "./files";
export * from "./package";
export * from "./placeholders";
export * from "./shape";
