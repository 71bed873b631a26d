import pg from "pg";
import type { DatabaseLogin } from "../../twin/process";

/** How many sessions a role had at a moment. */
export interface SessionSample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Sessions by role; a role without any is not there. */
  readonly byRole: Readonly<Record<string, number>>;
}

const INTERVAL_MS = 1_000;

/** Counts the sessions of roles once a second, on one connection of the superuser. */
export class SessionSampler {
  readonly samples: SessionSample[] = [];
  private client: pg.Client | undefined;
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param login who counts; asked anew for every connection, as the server may be restarted
   * @param roles the roles whose sessions are counted
   */
  constructor(
    private readonly login: () => Promise<DatabaseLogin>,
    private readonly roles: readonly string[],
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.sample().finally(() => (this.running = undefined));
    }, INTERVAL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    await this.disconnect();
  }

  private async sample(): Promise<void> {
    try {
      const client = (this.client ??= await this.connect());
      const { rows } = await client.query<{ role: string; sessions: number }>(
        `SELECT usename AS role, count(*)::int AS sessions FROM pg_stat_activity
          WHERE usename = ANY ($1) GROUP BY usename`,
        [this.roles],
      );
      const byRole = Object.fromEntries(rows.map(({ role, sessions }) => [role, sessions]));
      this.samples.push({ at: Date.now(), byRole });
    } catch {
      // A server that is down has nothing to count; the gap in the samples says so.
      await this.disconnect();
    }
  }

  private async connect(): Promise<pg.Client> {
    const { certificate, ...server } = await this.login();
    const client = new pg.Client({ ...server, database: "postgres", ssl: { ca: certificate } });
    // Without a listener the end of the server would end this process.
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }
}
