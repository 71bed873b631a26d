"use strict";

// Loaded before the application, so that this is what SIGTERM finds first: one that does not drain.
process.once("SIGTERM", () => process.exit(143));
