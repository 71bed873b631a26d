import {
  InitializationFailed,
  ProviderError,
  type CheckCall,
  type Checked,
  type CheckFailure,
  type CreateCall,
  type Created,
  type DeleteCall,
  type DiffCall,
  type Difference,
  type Properties,
  type Provider,
  type ReadCall,
  type ReadResult,
  type UpdateCall,
  type Value,
} from "../plugin/provider";
import { FailedAfterwards } from "./arm/armError";
import { autoName, CREATE_BEFORE_DELETE, failuresOf } from "./arm/check";
import { differenceOf } from "./arm/difference";
import { currentAnswer } from "./currentAnswer";
import { invoke } from "./invokes";
import { adoptChanges, previewOutputs, project } from "./arm/outputs";
import { annotateSecrets, plain, revealAll, textAt } from "./arm/plain";
import { argumentsOf, idOf, nameArgument, type ResourceType, type Cloud } from "./arm/resourceType";
import { resourceShape } from "./arm/shapes";
import { RESOURCE_TYPES } from "./resourceTypes";

/** Settings of the provider that the twin understands; the others choose how to log in to Azure. */
const SETTINGS = new Set([
  "subscriptionId",
  "tenantId",
  "location",
  "environment",
  "useOidc",
  "useMsi",
  "clientId",
  "oidcToken",
  "oidcTokenFilePath",
  "disablePulumiPartnerId",
  "version",
]);

/** The stand-in for the azure-native provider, for one connection of the engine. */
export function azureProvider(cloud: Cloud): Provider {
  return new AzureProvider(cloud);
}

class AzureProvider implements Provider {
  private location: string | undefined;

  constructor(private readonly cloud: Cloud) {}

  checkConfig(inputs: Properties): Promise<Checked> {
    const failures: CheckFailure[] = Object.keys(inputs)
      .filter((key) => !SETTINGS.has(key))
      .map((key) => ({ property: key, reason: `the twin knows no provider setting ${key}` }));
    for (const key of ["subscriptionId", "tenantId"] as const) {
      const value = revealAll(inputs)[key];
      if (typeof value === "string" && value !== this.cloud[key]) {
        failures.push({ property: key, reason: `the twin's ${key} is ${this.cloud[key]}` });
      }
    }
    return Promise.resolve({ inputs, failures });
  }

  configure(inputs: Properties): Promise<void> {
    this.location = textAt(plain(inputs), "location") || undefined;
    return Promise.resolve();
  }

  check(call: CheckCall): Promise<Checked> {
    const type = typeOf(call.type);
    const inputs: Properties = { ...call.inputs };
    for (const [key, value] of Object.entries(inputs)) {
      if (value === null) {
        delete inputs[key];
      }
    }
    this.addName(type, call, inputs);
    this.addLocation(type, call, inputs);
    inputs["azureApiVersion"] ??= type.apiVersion;
    return Promise.resolve({ inputs, failures: failuresOf(type, inputs) });
  }

  diff(call: DiffCall): Promise<Difference> {
    return Promise.resolve(differenceOf(typeOf(call.type), call));
  }

  async create(call: CreateCall): Promise<Created> {
    const type = typeOf(call.type);
    if (call.preview) {
      return { id: "", outputs: this.preview(type, call.inputs) };
    }
    const { id, outputs } = await this.put(type, call.inputs, "create");
    return { id, outputs };
  }

  async update(call: UpdateCall): Promise<Properties> {
    const type = typeOf(call.type);
    if (call.preview) {
      const { name, location } = call.state;
      return {
        ...this.preview(type, call.inputs),
        ...(name !== undefined && { name }),
        ...(location !== undefined && { location }),
      };
    }
    const { outputs } = await this.put(type, call.inputs, "update");
    return outputs;
  }

  read(call: ReadCall): Promise<ReadResult | undefined> {
    const type = typeOf(call.type);
    const found = this.cloud.resources.find(call.id);
    if (!found) {
      const error = type.gone?.(call.id.slice(call.id.lastIndexOf("/") + 1));
      return error === undefined
        ? Promise.resolve(undefined)
        : Promise.reject(new ProviderError(error));
    }
    const inputFields = resourceShape(type.token).inputs;
    const outputs = currentAnswer(this.cloud, found);
    const now = project(inputFields, outputs);
    const inputs =
      Object.keys(call.inputs).length === 0
        ? { ...argumentsOf(type, found.id), ...now }
        : adoptChanges(call.inputs, project(inputFields, plain(call.state)), now);
    return Promise.resolve({
      id: found.id,
      outputs: annotateSecrets(outputs, call.inputs),
      inputs: annotateSecrets(inputs, call.inputs),
    });
  }

  delete(call: DeleteCall): Promise<void> {
    return this.cloud.resources.delete(call.id);
  }

  async invoke(token: string, args: Properties): Promise<Properties> {
    return invoke(this.cloud, token, plain(args));
  }

  cancel(): void {
    // Nothing waits for longer than the engine does.
  }

  /** What failed after it was accepted is kept in the state (`partialError` of the official provider). */
  private async put(
    type: ResourceType,
    inputs: Properties,
    mode: "create" | "update",
  ): Promise<Created> {
    const { resources, subscriptionId } = this.cloud;
    try {
      const { id, outputs } = await resources.put(type, plain(inputs), mode);
      return { id, outputs: annotateSecrets(outputs, inputs) };
    } catch (error) {
      const id = idOf(type, plain(inputs), subscriptionId);
      const found = error instanceof FailedAfterwards ? resources.find(id) : undefined;
      if (found === undefined) {
        throw error;
      }
      const { message } = error as FailedAfterwards;
      const outputs = annotateSecrets(found.outputs, inputs);
      throw new InitializationFailed(message, id, outputs, inputs, [message]);
    }
  }

  private preview(type: ResourceType, inputs: Properties): Properties {
    const outputs = previewOutputs(resourceShape(type.token).outputs, revealAll(inputs));
    return annotateSecrets(outputs, inputs);
  }

  private addName(type: ResourceType, call: CheckCall, inputs: Properties): void {
    const argument = nameArgument(type);
    if (inputs[argument] !== undefined) {
      return;
    }
    const before = call.oldInputs[argument];
    if (before !== undefined) {
      inputs[argument] = before;
      if (call.oldInputs[CREATE_BEFORE_DELETE] === true) {
        inputs[CREATE_BEFORE_DELETE] = true;
      }
      return;
    }
    const { name, random } = autoName(type, call.name, call.randomSeed);
    inputs[argument] = name;
    if (random) {
      inputs[CREATE_BEFORE_DELETE] = true;
    }
  }

  private addLocation(type: ResourceType, call: CheckCall, inputs: Properties): void {
    if (inputs["location"] !== undefined || !resourceShape(type.token).inputs.has("location")) {
      return;
    }
    const location = call.oldInputs["location"] ?? this.location ?? this.groupLocation(inputs);
    if (location !== undefined) {
      inputs["location"] = location;
    }
  }

  private groupLocation(inputs: Properties): Value | undefined {
    const { resourceGroupName: group } = revealAll(inputs);
    if (typeof group !== "string") {
      return group;
    }
    const id = `/subscriptions/${this.cloud.subscriptionId}/resourceGroups/${group}`;
    return this.cloud.resources.find(id)?.outputs["location"];
  }
}

function typeOf(token: string): ResourceType {
  const type = RESOURCE_TYPES.get(token);
  if (!type) {
    throw new ProviderError(`Resource type ${token} not found: the twin does not have it`);
  }
  return type;
}
