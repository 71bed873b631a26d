import { spawn } from "node:child_process";
import { once } from "node:events";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

/** How the SDK's runner ends when the engine has been told already what went wrong. */
const TOLD = 32;

/** A host for programs in Node that is being served. */
export interface LanguageHost {
  /** What makes engines ask it, in their environment. */
  readonly variables: Readonly<Record<string, string>>;
  close(): void;
}

/**
 * The host for programs in Node, which an installed Pulumi CLI brings along and the engine alone
 * does not have. It starts the SDK's own runner on the program, as the official one does. One
 * engine at a time.
 */
export async function serveLanguageHost(): Promise<LanguageHost> {
  let engine = "";
  const server = new grpc.Server();
  server.addService(LanguageRuntimeService, {
    handshake: answer((request: messages.LanguageHandshakeRequest) => {
      engine = request.getEngineAddress();
      return new messages.LanguageHandshakeResponse();
    }),
    getPluginInfo: answer(() => new PluginInfo().setVersion("1.0.0")),
    getRequiredPackages: answer(() => new messages.GetRequiredPackagesResponse()),
    getRequiredPlugins: answer(() => new messages.GetRequiredPluginsResponse()),
    cancel: answer(() => new Empty()),
    run: answer((request: messages.RunRequest) => run(request, engine)),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    variables: { PULUMI_DEBUG_LANGUAGES: `nodejs:${port}` },
    close: () => server.forceShutdown(),
  };
}

async function run(request: messages.RunRequest, engine: string): Promise<messages.RunResponse> {
  const config = Object.fromEntries(request.getConfigMap().getEntryList());
  const child = spawn(
    process.execPath,
    [
      ...nodeArguments(request),
      require.resolve("@pulumi/pulumi/cmd/run"),
      ...["--monitor", request.getMonitorAddress(), "--engine", engine],
      ...["--project", request.getProject(), "--stack", request.getStack()],
      ...["--organization", request.getOrganization(), "--pwd", request.getPwd()],
      ...["--root-directory", request.getInfo()!.getRootDirectory()],
      ...["--parallel", String(request.getParallel())],
      ...(request.getDryrun() ? ["--dry-run"] : []),
      request.getProgram(),
    ],
    {
      cwd: request.getPwd(),
      env: {
        ...process.env,
        PULUMI_NODEJS_TYPESCRIPT: "true",
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
      stdio: "inherit",
    },
  );
  const [code] = (await once(child, "exit")) as [number | null];
  const response = new messages.RunResponse().setBail(code === TOLD);
  return code === 0 || code === TOLD ? response : response.setError(`The program ended: ${code}.`);
}

/** `runtime.options.nodeargs` of Pulumi.yaml, which the official host hands to Node. */
function nodeArguments(request: messages.RunRequest): string[] {
  const { nodeargs } = (request.getInfo()?.getOptions()?.toJavaScript() ?? {}) as {
    nodeargs?: string;
  };
  return nodeargs?.split(" ") ?? [];
}

function answer<Request, Response>(
  respond: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    void Promise.resolve(request)
      .then(respond)
      .then(
        (response) => callback(null, response),
        (error: Error) => callback(error),
      );
  };
}
