import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { skipPromiseTraces } from "../infra/promiseTraces";
import { type Client, NO_CLIENT } from "./mockAzure";
import { mockCall, mockResource } from "./mockOutputs";
import { unwrap, type Unwrapped } from "./secretEnvelope";

// Specs of components, too, are some ten thousand promises.
skipPromiseTraces();

/** One resource that the program registered. */
export interface Registration {
  readonly urn: string;
  /** As the provider would answer it; empty for a component. */
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** As the provider would get them, secrets unwrapped. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of the inputs that are marked secret: `properties.value`, `env[2].value`. */
  readonly secretInputs: readonly string[];
  readonly options: RegistrationOptions;
  /** What a component gave to `registerOutputs`; undefined when it did not call that. */
  registeredOutputs?: Readonly<Record<string, unknown>>;
}

export interface RegistrationOptions {
  /** URN; empty at the top. */
  readonly parent: string;
  /** `urn::id` of an explicit provider; empty for the default one. */
  readonly provider: string;
  /** URNs, from `dependsOn` and from inputs. */
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly retainOnDelete: boolean;
  readonly additionalSecretOutputs: readonly string[];
  /** URN; empty when not set. */
  readonly deletedWith: string;
  readonly replacementTrigger: unknown;
  readonly customTimeouts: { readonly create: string; readonly update: string };
  /** Names of the bound hooks, by when they run. */
  readonly hooks: Readonly<Partial<Record<keyof pulumi.ResourceHookBinding, string[]>>>;
}

/** @param usual what the mocks answer */
export type CallAnswer = (
  usual: Readonly<Record<string, unknown>>,
  inputs: Readonly<Record<string, unknown>>,
) => Record<string, unknown>;

export interface MockProgramOptions {
  readonly project?: string;
  readonly stack?: string;
  readonly organization?: string;
  readonly preview?: boolean;
  /** Full keys: `rotation:counter`. */
  readonly config?: Readonly<Record<string, string>>;
  readonly secretConfig?: readonly string[];
  /** Outputs of other stacks (or of this one, by its last run), by the stack's full name. */
  readonly stackOutputs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Who runs the program, and where; nobody when not given. */
  readonly client?: Partial<Client>;
  /** Other answers to calls, by token; what throws is refused. */
  readonly answers?: Readonly<Record<string, CallAnswer>>;
}

/**
 * One run of a program without an engine: every registration is recorded and answered with
 * plausible outputs. Shows wiring, names, secrecy and order of creation; shows nothing of diffs,
 * replacements, deletes, or what a provider or Azure would refuse.
 *
 * ```ts
 * const program = await MockProgram.start();
 * const roles = new Roles("roles", args);
 * await program.drained();
 * program.find("postgresql:index/role:Role", "roles-blue");
 * ```
 */
export class MockProgram {
  readonly registrations: Registration[] = [];
  /** Provider functions that the program called, in that order. */
  readonly calls: { readonly token: string; readonly inputs: Readonly<Record<string, unknown>> }[] =
    [];
  private readonly hooks = new Map<string, pulumi.ResourceHook | pulumi.ErrorHook>();
  private readonly refusals: string[] = [];

  private constructor(private readonly options: MockProgramOptions) {}

  /** Begins a new program; what an earlier one left in Pulumi's global state is gone. */
  static async start(options: MockProgramOptions = {}): Promise<MockProgram> {
    const program = new MockProgram(options);
    pulumi.runtime.disconnectSync();
    pulumi.runtime.setAllConfig({ ...options.config }, [...(options.secretConfig ?? [])]);
    await pulumi.runtime.setMocks(
      { newResource: (args) => program.answer(args), call: (args) => program.call(args) },
      options.project ?? "rotation",
      options.stack ?? "test",
      options.preview ?? false,
      options.organization ?? "organization",
    );
    program.watch(pulumi.runtime.getMonitor() as unknown as MockMonitor);
    program.collectHooks();
    return program;
  }

  /** Resolves when all that the program started is registered; the program is over then. */
  async drained(): Promise<void> {
    await pulumi.runtime.disconnect();
    assert.deepEqual(this.refusals, []);
  }

  ofType(type: string): Registration[] {
    return this.registrations.filter((registration) => registration.type === type);
  }

  /** The one registration of that type and logical name. */
  find(type: string, name: string): Registration {
    const found = this.ofType(type).filter((registration) => registration.name === name);
    const [only] = found;
    if (only === undefined || found.length > 1) {
      const known = this.registrations.map((known) => `${known.type} ${known.name}`);
      assert.fail(`${found.length} times ${type} ${name} among:\n${known.join("\n")}`);
    }
    return only;
  }

  /** Whether `later` waits for `earlier`, directly or through others. */
  comesAfter(later: Registration, earlier: Registration): boolean {
    return this.prerequisites(later).has(earlier.urn);
  }

  /** The hook itself, so that a test can call what the engine would. */
  hook<Hook = pulumi.ResourceHook>(name: string): Hook {
    const hook = this.hooks.get(name);
    assert(hook, `There is no hook ${name} among: ${[...this.hooks.keys()].join(", ")}`);
    return hook as Hook;
  }

  private prerequisites(registration: Registration): Set<string> {
    const reached = new Set<string>();
    const pending = [...registration.options.dependencies];
    for (let urn = pending.pop(); urn !== undefined; urn = pending.pop()) {
      if (!reached.has(urn)) {
        reached.add(urn);
        const next = this.registrations.find((candidate) => candidate.urn === urn);
        pending.push(...(next?.options.dependencies ?? []));
      }
    }
    return reached;
  }

  private get client(): Client {
    return { ...NO_CLIENT, ...this.options.client };
  }

  private answer(args: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
    if (args.type === "pulumi:pulumi:StackReference") {
      const outputs = this.options.stackOutputs?.[args.id ?? ""] ?? {};
      return { id: args.id, state: { name: args.id, outputs, secretOutputNames: [] } };
    }
    const known = mockResource(args, this.client);
    if (known === undefined) {
      // An error here would only surface as an unhandled rejection, so it is kept for drained().
      this.refusals.push(`The mocks do not know the resource type ${args.type}.`);
    }
    return known ?? { id: args.name, state: {} };
  }

  private call(args: pulumi.runtime.MockCallArgs): pulumi.runtime.MockCallResult {
    this.calls.push({ token: args.token, inputs: args.inputs as Record<string, unknown> });
    const known = mockCall(args, this.client);
    if (known === undefined) {
      this.refusals.push(`The mocks do not know the call ${args.token}.`);
      throw new Error(this.refusals.at(-1));
    }
    const other = this.options.answers?.[args.token];
    try {
      return other?.(known, args.inputs as Record<string, unknown>) ?? known;
    } catch (error) {
      // The text of a call that failed is where gRPC has it.
      throw Object.assign(error as Error, { details: (error as Error).message });
    }
  }

  /** Mocks are not told of options; what the program sends to the engine has them all. */
  private watch(monitor: MockMonitor): void {
    const registerResource = monitor.registerResource.bind(monitor);
    monitor.registerResource = (
      request: RegisterResourceRequest,
      callback: (error: unknown, response: RegisterResourceResponse) => void,
    ) =>
      registerResource(request, (error: unknown, response: RegisterResourceResponse) => {
        if (!error) {
          this.registrations.push(registration(response, request));
        }
        callback(error, response);
      });

    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResourceOutputs = (request: RegisterResourceOutputsRequest, callback) => {
      const component = this.registrations.find(({ urn }) => urn === request.getUrn());
      if (component !== undefined) {
        component.registeredOutputs = unwrapped(request.getOutputs()).plain;
      }
      registerOutputs(request, callback);
    };
  }

  /** The mock monitor has no hooks; they end here instead of at the engine. */
  private collectHooks(): void {
    const callbacks = pulumi.runtime.getCallbacks();
    assert(callbacks);
    const collect = (hook: pulumi.ResourceHook | pulumi.ErrorHook): Promise<void> => {
      this.hooks.set(hook.name, hook);
      return Promise.resolve();
    };
    callbacks.registerResourceHook = collect;
    callbacks.registerErrorHook = collect;
  }
}

/** The value of an output; rejects when it is not known or could not be had. */
export async function valueOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
  const inner = output as unknown as {
    promise(): Promise<pulumi.Unwrap<T>>;
    isKnown: Promise<boolean>;
    isSecret: Promise<boolean>;
    allResources(): Promise<unknown>;
  };
  // An output that fails rejects in all its parts, and each wants to be heard.
  const [value, isKnown] = await Promise.all([
    inner.promise(),
    inner.isKnown,
    inner.isSecret,
    inner.allResources(),
  ]);
  assert(isKnown, "The output is not known.");
  return value;
}

function registration(
  response: RegisterResourceResponse,
  request: RegisterResourceRequest,
): Registration {
  const { plain, secrets } = unwrapped(request.getObject());
  const timeouts = request.getCustomtimeouts();
  const trigger = request.getReplacementTrigger();
  return {
    urn: response.getUrn(),
    id: response.getId(),
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: plain,
    secretInputs: secrets,
    options: {
      parent: request.getParent(),
      provider: request.getProvider(),
      dependencies: request.getDependenciesList(),
      protect: request.getProtect() ?? false,
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      retainOnDelete: request.getRetainondelete() ?? false,
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      deletedWith: request.getDeletedwith(),
      replacementTrigger: trigger && unwrap(trigger.toJavaScript()).plain,
      customTimeouts: {
        create: timeouts?.getCreate() ?? "",
        update: timeouts?.getUpdate() ?? "",
      },
      hooks: hooksOf(request),
    },
  };
}

function unwrapped(struct: ReturnType<RegisterResourceRequest["getObject"]>): {
  plain: Record<string, unknown>;
  secrets: string[];
} {
  return unwrap(struct?.toJavaScript() ?? {}) as Unwrapped & { plain: Record<string, unknown> };
}

function hooksOf(request: RegisterResourceRequest): RegistrationOptions["hooks"] {
  const lists = Object.entries(request.getHooks()?.toObject() ?? {});
  return Object.fromEntries(
    lists
      .filter(([, names]) => names.length > 0)
      .map(([list, names]) => [list.replace(/List$/, ""), names]),
  );
}
