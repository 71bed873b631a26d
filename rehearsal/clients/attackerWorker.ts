import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

/** What the attacker knows: where the database is, the live credential, and whom else there is. */
export interface AttackSettings {
  readonly host: string;
  readonly port: number;
  /** Of the one authority to trust, PEM. */
  readonly certificate: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Number of the first large object that it makes. */
  readonly firstObject: number;
  /** Roles with whom it shares what it makes. */
  readonly others: readonly string[];
}

export type AttackCommand =
  | ({ readonly kind: "begin" } & AttackSettings)
  /** The slot that it holds serves nobody any more: it may break that, too. */
  | { readonly kind: "break" }
  | { readonly kind: "end" };

/** How often each trick took effect, since the begin; the last one is final. */
export interface AttackReport {
  readonly done: Readonly<Record<string, number>>;
  /** SQLSTATE with which its logins are refused by now, with its own password too; empty when they are not. */
  readonly refused: string;
  readonly isLast: boolean;
}

/** Something that a session does again and again, `turn` counting. */
interface Trick {
  readonly name: string;
  /** Breaks what the slot's own pods need. */
  readonly breaks?: true;
  readonly statements: (turn: number, settings: AttackSettings) => readonly string[];
}

const REPORT_MS = 250;
const TURN_MS = 50;
/** The password that it gives the role. */
const OWN_PASSWORD = "the-attackers-own";
/** Sessions that it holds for nothing. */
const IDLE_SESSIONS = 20;
/** What PostgreSQL says to a role that has as many sessions as it may. */
const TOO_MANY = "53300";

const TRICKS: readonly Trick[] = [
  {
    name: "holds every lock that a provider waits for",
    statements: () => [
      "SELECT pg_advisory_lock_shared(oid::bigint) FROM pg_roles",
      "SELECT pg_advisory_lock_shared(oid::bigint) FROM pg_database",
    ],
  },
  {
    name: "holds the row of its role",
    statements: () => [
      "BEGIN",
      `ALTER ROLE CURRENT_USER PASSWORD '${OWN_PASSWORD}'`,
      "SELECT pg_sleep(2)",
      "ROLLBACK",
    ],
  },
  {
    name: "gives its role settings",
    statements: (turn) => [
      `ALTER ROLE CURRENT_USER SET application_name = 'mine ${turn}'`,
      "ALTER ROLE CURRENT_USER SET work_mem = '3MB'",
      "ALTER ROLE CURRENT_USER IN DATABASE app SET geqo = off",
    ],
  },
  {
    name: "shares large objects",
    statements: (_turn, { firstObject: first, others }) => [
      `DO $$ BEGIN PERFORM lo_create(n) FROM generate_series(${first}, ${first + 5}) AS n; ` +
        "EXCEPTION WHEN unique_violation THEN NULL; END $$",
      ...others.map((other) => `GRANT ALL ON LARGE OBJECT ${first}, ${first + 1} TO ${other}`),
      ...others.map((other) => `REVOKE ALL ON LARGE OBJECT ${first + 1} FROM ${other}`),
    ],
  },
  {
    name: "gives default privileges",
    statements: (_turn, { others }) =>
      others.flatMap((other) => [
        `ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ${other}`,
        `ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT ALL ON FUNCTIONS TO ${other}`,
      ]),
  },
  {
    name: "makes temporary things",
    statements: (turn, { others }) => [
      `CREATE TEMPORARY TABLE mine${turn} (id int)`,
      ...others.map((other) => `GRANT ALL ON mine${turn} TO ${other}`),
      `CREATE POLICY mine ON mine${turn} TO ${others.join(", ")} USING (true)`,
      ...(turn % 20 === 0 ? [] : [`DROP TABLE mine${turn}`]),
    ],
  },
  {
    name: "gives its role a password of its own",
    breaks: true,
    statements: () => [`ALTER ROLE CURRENT_USER PASSWORD '${OWN_PASSWORD}'`],
  },
  {
    name: "gives its role settings with which no session lives",
    breaks: true,
    statements: () => [
      "ALTER ROLE CURRENT_USER SET local_preload_libraries = 'nothing_of_this_name'",
      "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on",
      "ALTER ROLE CURRENT_USER SET transaction_timeout = 1",
    ],
  },
];

/** Does everything that a holder of a slot's credential can do, until it is told to end. */
class Attacker {
  private readonly done: Record<string, number> = {};
  private readonly timer = setInterval(() => this.report(false), REPORT_MS);
  private breaks = false;
  private isOver = false;
  private refused = "";

  constructor(private readonly settings: AttackSettings) {
    for (let index = 0; index < IDLE_SESSIONS; index++) {
      void this.repeat({ name: "holds sessions", statements: () => ["SELECT pg_sleep(1)"] });
    }
    for (const trick of TRICKS) {
      void this.repeat(trick);
    }
    void this.fill();
  }

  break(): void {
    this.breaks = true;
  }

  /** Its sessions end with this process. */
  end(): void {
    this.isOver = true;
    clearInterval(this.timer);
    this.report(true);
  }

  /** Comes back whenever its session ends, with whatever password works. */
  private async repeat(trick: Trick): Promise<void> {
    const { name, statements, breaks } = trick;
    for (let turn = 0; !this.isOver; turn++) {
      if (breaks && !this.breaks) {
        await pause(TURN_MS);
        continue;
      }
      const client = await this.connect();
      try {
        for (; client !== undefined && !this.isOver; turn++) {
          for (const statement of statements(turn, this.settings)) {
            await client.query(statement);
          }
          this.done[name] = (this.done[name] ?? 0) + 1;
          await pause(TURN_MS);
        }
      } catch {
        // Its session was ended, or another trick of its own was in the way: it comes back.
      } finally {
        await client?.end().catch(() => undefined);
      }
      await pause(TURN_MS);
    }
  }

  /** Takes all sessions that its role may have: last of all, because its other tricks need some. */
  private async fill(): Promise<void> {
    const name = "fills its role";
    const others = [...TRICKS.map((trick) => trick.name), "holds sessions"];
    for (; !this.isOver; await pause(TURN_MS)) {
      if (others.every((trick) => trick in this.done)) {
        // What it opens stays open, as long as the server lets it.
        await this.connect();
        if (this.refused === TOO_MANY) {
          this.done[name] = (this.done[name] ?? 0) + 1;
        }
      }
    }
  }

  private async connect(): Promise<pg.Client | undefined> {
    const { certificate, database, host, port, user } = this.settings;
    for (const password of [this.settings.password, OWN_PASSWORD]) {
      const client = new pg.Client({
        ...{ host, port, user, password, database },
        // Against its own settings, which it means for others.
        options:
          "-c local_preload_libraries= -c transaction_timeout=0 -c default_transaction_read_only=off",
        ssl: { ca: certificate },
      });
      client.on("error", () => undefined);
      try {
        await client.connect();
        this.refused = "";
        return client;
      } catch (error) {
        this.refused = (error as { code?: string }).code ?? String(error);
        await client.end().catch(() => undefined);
      }
    }
    return undefined;
  }

  private report(isLast: boolean): void {
    const report: AttackReport = { done: this.done, refused: this.refused, isLast };
    process.send?.(report);
  }
}

let attacker: Attacker | undefined;

process.on("message", (command: AttackCommand) => {
  if (command.kind === "begin") {
    attacker = new Attacker(command);
  } else if (command.kind === "break") {
    attacker?.break();
  } else {
    attacker?.end();
  }
});

// Ctrl-C reaches the whole process group; the parent decides when it ends.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
