import { createWriteStream, type WriteStream } from "node:fs";
import { EventEmitter } from "node:events";

/** One thing that happened in the twin. Never holds a secret. */
export interface Entry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Which stand-in: `azure-native`, `kubernetes`, `gateway`, `vault`, `postgres`, `pod`, ... */
  readonly source: string;
  /** What happened, in a word or two: `pod ready`, `pool updated`, `secret read`. */
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The twin's log: one JSON line per entry in a file, and the same entries to listeners. */
export class Journal {
  private readonly emitter = new EventEmitter();
  private readonly stream: WriteStream;

  constructor(readonly file: string) {
    this.stream = createWriteStream(file, { flags: "a" });
  }

  write(source: string, event: string, detail: Readonly<Record<string, unknown>> = {}): void {
    const entry: Entry = { at: Date.now(), source, event, detail };
    this.stream.write(`${JSON.stringify(entry)}\n`);
    this.emitter.emit("entry", entry);
  }

  onEntry(listener: (entry: Entry) => void): void {
    this.emitter.on("entry", listener);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(resolve));
  }
}
