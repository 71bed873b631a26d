import { start } from "../eager/application.ts";

start({ logsInWith: (password) => `not ${password}` });
