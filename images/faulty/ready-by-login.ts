import { start } from "../eager/application.ts";

start({ readyByLogin: true });
