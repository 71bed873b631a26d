import * as grpc from "@grpc/grpc-js";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { EventsService } from "@pulumi/pulumi/proto/events_grpc_pb";
import type { EventRequest } from "@pulumi/pulumi/proto/events_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

/** Where an engine sends its events to. */
export interface EventLog {
  /** Value of its option `--event-log`. */
  readonly address: string;
  close(): void;
}

/** Receives the events of one command at once, as the Automation API does, instead of from a file. */
export async function receiveEvents(onEvent: (event: EngineEvent) => void): Promise<EventLog> {
  const server = new grpc.Server();
  server.addService(EventsService, {
    streamEvents: (
      call: grpc.ServerReadableStream<EventRequest, Empty>,
      callback: grpc.sendUnaryData<Empty>,
    ) => {
      call.on("data", (request: EventRequest) =>
        onEvent(JSON.parse(request.getEvent()) as EngineEvent),
      );
      call.on("end", () => callback(null, new Empty()));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `tcp://127.0.0.1:${port}`, close: () => server.forceShutdown() };
}
