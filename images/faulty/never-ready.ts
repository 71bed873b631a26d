import { start } from "../eager/application.ts";

start({ mayBeReady: () => false });
