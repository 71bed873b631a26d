import type { ChannelOptions } from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";

/**
 * Has inline programs of this process connect to their engine by connections of their own. By
 * default grpc-js shares connections by address, and the SDK leaves those of a failed run open: a
 * later engine that gets one of the ports is then taken for unreachable. The Automation API swallows
 * that error (`isGrpcError`), the program counts as ended, and all that it did not register as to be
 * deleted. The SDK has the options of its clients in `runtime/settings`, for itself alone.
 */
export function shareNoConnections(): void {
  const { grpcClientOptions } = pulumi.runtime as unknown as { grpcClientOptions: ChannelOptions };
  grpcClientOptions["grpc.use_local_subchannel_pool"] = 1;
}
