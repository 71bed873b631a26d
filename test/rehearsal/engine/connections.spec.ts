import assert from "node:assert";
import {
  type ChannelOptions,
  type Client,
  credentials,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { SetRootResourceRequest } from "@pulumi/pulumi/proto/engine_pb";
import { EngineStack } from "../../support/engine";

describe("connections to the engine", function () {
  this.timeout(60_000);
  let stack: EngineStack;
  before(async () => {
    stack = await EngineStack.start([]);
  });
  after(() => stack.stop());

  it("reach an engine on a port where the engine of a failed run was", async () => {
    const targets: string[] = [];
    const failed = stack.preview(() => {
      const { getEngine, getMonitor } = pulumi.runtime;
      for (const client of [getEngine(), getMonitor()]) {
        targets.push((client as unknown as Client).getChannel().getTarget());
      }
      const refuse = new pulumi.ResourceHook("refuse", () => assert.fail("refused"), {
        onDryRun: true,
      });
      new pulumi.Stash("stash", { input: 1 }, { hooks: { beforeCreate: [refuse] } });
    });
    await assert.rejects(failed, /refused/);
    for (const target of targets) {
      assert.strictEqual((await askAt(target.replace("dns:", ""))).code, status.UNIMPLEMENTED);
    }
  });

  /** What a client of the SDK gets from a server at an address that knows no method. */
  async function askAt(address: string): Promise<ServiceError> {
    const { grpcClientOptions } = pulumi.runtime as unknown as {
      grpcClientOptions: ChannelOptions;
    };
    const server = new Server();
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    const client = new EngineClient(address, credentials.createInsecure(), grpcClientOptions);
    try {
      return await new Promise((resolve, reject) => {
        client.setRootResource(new SetRootResourceRequest(), (error) =>
          error ? resolve(error) : reject(new Error("the server answered")),
        );
      });
    } finally {
      client.close();
      server.forceShutdown();
    }
  }
});
