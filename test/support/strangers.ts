import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Program } from "./images";
import { ask, loopbackAddress, type Reply } from "./loopback";
import { SlotDatabase } from "./slotDatabase";

/** How an application gets its password. */
export type Delivery = "file" | "secret" | "uri";

/** Connections that a pool of these tests has at most. */
export const POOL_SIZE = 5;

const PORT = 3000;

export type Slot = "app_blue" | "app_green";

/** An application that knows nothing of a rotation, on a database whose slots act as the owner of an empty schema. */
export class Strangers {
  private readonly started: Stranger[] = [];

  private constructor(
    private readonly reference: string,
    readonly database: SlotDatabase,
  ) {}

  static async start(reference: string): Promise<Strangers> {
    const database = await SlotDatabase.start();
    for (const role of ["app_blue", "app_green"]) {
      await database.sql(`
        grant app_owner to ${role};
        alter role ${role} set role = app_owner;
        alter role ${role} set search_path = app, public`);
    }
    const strangers = new Strangers(reference, database);
    await strangers.emptySchema();
    return strangers;
  }

  /** Drops whatever the owner has; Flyway, for one, wants a schema of its own. */
  async emptySchema(): Promise<void> {
    await this.database.sql(
      "drop owned by app_owner cascade; create schema app authorization app_owner",
    );
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.database.stop();
  }

  /** Kills every instance, with its sessions; the answer is what they have said. */
  async clear(): Promise<string[]> {
    const programs = this.started.splice(0).map(({ program }) => program);
    programs.forEach((program) => program.signal("SIGKILL"));
    await Promise.all(programs.map(({ ended }) => ended));
    await this.endSessions("app_blue");
    await this.endSessions("app_green");
    return programs.map(({ output }) => output);
  }

  /** Starts an instance of a slot. */
  run(role: Slot, delivery: Delivery, variables: Record<string, string> = {}): Stranger {
    const { database } = this;
    const address = loopbackAddress();
    const program = Program.of(this.reference, address, {
      ...database.environment,
      ...credential(database, role, delivery),
      PORT: `${PORT}`,
      POOL_SIZE: `${POOL_SIZE}`,
      ...variables,
    });
    const stranger = new Stranger(program, address);
    this.started.push(stranger);
    return stranger;
  }

  /** Ends the sessions of a role, and waits until they are gone. */
  async endSessions(role: Slot): Promise<void> {
    await this.database.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
    );
    await this.untilSessions(role, 0);
  }

  /** Resolves when a role has so many sessions. */
  async untilSessions(role: Slot, wanted: number): Promise<void> {
    while ((await this.database.sessions(role)) !== wanted) {
      await pause(20);
    }
  }
}

/** One instance of the application. */
export class Stranger {
  constructor(
    readonly program: Program,
    private readonly address: string,
  ) {}

  get(path: string, signal?: AbortSignal): Promise<Reply> {
    return ask(this.address, "stranger", { port: PORT, path, signal });
  }

  /** Resolves when it answers; rejects when it ends before. */
  async up(): Promise<void> {
    let hasEnded = false;
    void this.program.ended.then(() => (hasEnded = true));
    while (!(await this.isUp())) {
      if (hasEnded) {
        throw new Error(`It ended: ${this.program.output}`);
      }
      await pause(50);
    }
  }

  private async isUp(): Promise<boolean> {
    try {
      return (await this.get("/health")).status === 200;
    } catch {
      return false;
    }
  }

  /** Statuses of so many requests at once for the home page, sorted. */
  async burst(requests = 8): Promise<number[]> {
    const replies = Array.from({ length: requests }, () => this.get("/"));
    return (await Promise.all(replies)).map(({ status }) => status).sort();
  }
}

function credential(
  database: SlotDatabase,
  role: Slot,
  delivery: Delivery,
): Record<string, string> {
  const { PGHOST, PGPORT, PGDATABASE } = database.environment;
  const file = database.passwordFile(role);
  const password = readFileSync(file, "utf8");
  switch (delivery) {
    case "file":
      return { PGUSER: role, PASSWORD_FILE: file };
    case "secret":
      return { PGUSER: role, PGPASSWORD: password };
    case "uri":
      return { DATABASE_URL: `postgresql://${role}:${password}@${PGHOST}:${PGPORT}/${PGDATABASE}` };
  }
}
