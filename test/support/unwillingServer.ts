import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

const HOST = "127.0.0.1";
/** Message types of PostgreSQL's protocol: a simple query, and the first part of an extended one. */
const [QUERY, PARSE] = ["Q", "P"];
/** What a server refuses, whoever asks. */
export interface Refusal {
  readonly statement: RegExp;
  readonly text: string;
}

/** Azure's hook (terraform-provider-postgresql issue 587): the administrator's group is for ever. */
const GROUP_FOR_EVER: Refusal = {
  statement: /\bREVOKE\s+"?azure_pg_admin"?\s+FROM\b/i,
  text: "Cannot revoke azure_pg_admin from session user",
};

/**
 * A server as hooks make it: in front of a plain one, without TLS, it refuses statements. They go no
 * further, and the session goes on.
 */
export class UnwillingServer {
  private constructor(
    private readonly server: Server,
    private readonly sockets: ReadonlySet<Socket>,
    readonly port: number,
  ) {}

  readonly host = HOST;

  /**
   * @param port of the plain server
   * @param more what it refuses besides Azure's group
   */
  static async start(port: number, more: readonly Refusal[] = []): Promise<UnwillingServer> {
    const refusals = [GROUP_FOR_EVER, ...more];
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const behind = connect(port, HOST);
      sockets.add(client).add(behind);
      behind.pipe(client);
      let rest = Buffer.alloc(0);
      let isStarted = false;
      client.on("data", (data) => {
        rest = Buffer.concat([rest, data]);
        for (;;) {
          // The first message has no type.
          const typed = isStarted ? 1 : 0;
          const length = rest.length < typed + 4 ? Infinity : rest.readUInt32BE(typed) + typed;
          if (rest.length < length) {
            return;
          }
          const message = rest.subarray(0, length);
          rest = rest.subarray(length);
          const refusal = isStarted ? refusals.find(refuses(message)) : undefined;
          if (refusal !== undefined) {
            client.write(answer(refusal));
          } else {
            behind.write(message);
          }
          isStarted = true;
        }
      });
      for (const [one, other] of [
        [client, behind],
        [behind, client],
      ] as const) {
        one.on("error", () => other.destroy());
        one.on("close", () => other.destroy());
      }
    });
    server.listen(0, HOST);
    await once(server, "listening");
    return new UnwillingServer(server, sockets, (server.address() as { port: number }).port);
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    this.server.close();
    await once(this.server, "close");
  }
}

function refuses(message: Buffer): (refusal: Refusal) => boolean {
  const type = String.fromCharCode(message[0]!);
  const query = type === QUERY || type === PARSE ? message.toString("utf8", 5) : "";
  return ({ statement }) => statement.test(query);
}

/** ErrorResponse, and that the server is ready for the next query. */
function answer({ text }: Refusal): Buffer {
  const fields = Buffer.from(`SERROR\0VERROR\0C42501\0M${text}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields, Buffer.from("Z\0\0\0\x05I", "latin1")]);
}
