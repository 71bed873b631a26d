import type { EngineEvent } from "@pulumi/pulumi/automation";

/** One operation of the engine on one resource. */
export interface Operation {
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  readonly urn: string;
  readonly op: string;
  /** When it ended; undefined while it goes on, and for one that the engine never ended. */
  endedAt?: number;
  failed?: true;
}

/** Operations that change nothing. */
const QUIET = new Set(["same", "read", "read-replacement", "refresh"]);

/** What an engine does, from the events it sends; plans are left out unless they are asked for. */
export class OperationLog {
  readonly operations: Operation[] = [];

  constructor(private readonly settings: { readonly planned: boolean } = { planned: false }) {}

  /** Takes the next event; returns the operation that begins with it, if one does. */
  take({
    resourcePreEvent,
    resOutputsEvent,
    resOpFailedEvent,
  }: EngineEvent): Operation | undefined {
    const ended = resOutputsEvent ?? resOpFailedEvent;
    if (ended !== undefined) {
      this.end(ended.metadata, resOpFailedEvent !== undefined);
    }
    if (resourcePreEvent === undefined || (resourcePreEvent.planning && !this.settings.planned)) {
      return undefined;
    }
    const { op, urn } = resourcePreEvent.metadata;
    if (QUIET.has(op)) {
      return undefined;
    }
    const operation = { at: Date.now(), urn, op };
    this.operations.push(operation);
    return operation;
  }

  private end({ urn, op }: { urn: string; op: string }, failed: boolean): void {
    const open = this.operations.find(
      (one) => one.urn === urn && one.op === op && one.endedAt === undefined,
    );
    if (open !== undefined) {
      open.endedAt = Date.now();
      if (failed) {
        open.failed = true;
      }
    }
  }
}
