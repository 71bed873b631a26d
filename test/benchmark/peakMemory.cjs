// Loaded into the program of a preview: writes down how much memory it had at most, in MB.
const { writeFileSync } = require("node:fs");

process.on("exit", () => {
  if (process.argv[1]?.includes("@pulumi/pulumi/cmd/run")) {
    writeFileSync(process.env.PEAK_MEMORY_FILE, String(process.resourceUsage().maxRSS / 1024));
  }
});
