#!/usr/bin/env node
import { createRequire } from "node:module";
import { register } from "ts-node";

// The tsconfig.json of this project, from whatever folder the command is called.
register({ projectSearchDir: import.meta.dirname });
createRequire(import.meta.url)("./main").main();
