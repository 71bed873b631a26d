import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ProviderError } from "../../plugin/provider";
import { requireRight } from "./access";
import { ArmError, FailedAfterwards } from "./armError";
import { asGuid } from "./check";
import { normalizedLocation } from "./difference";
import { project } from "./outputs";
import { textAt, textsAt, type Plain, type PlainObject } from "./plain";
import {
  extendedArgument,
  idOf,
  nameArgument,
  type ArmResource,
  type Cloud,
  type Put,
  type ResourceType,
  type Resources,
} from "./resourceType";
import { resourceShape, type Shape } from "./shapes";

/** How long a write takes at least where only one at a time is allowed, so that two overlap. */
const WRITE_MS = 50;

/** Azure Resource Manager. */
export class ResourceManager implements Resources {
  private readonly resources = new Map<string, ArmResource>();
  private readonly writing = new Set<string>();

  constructor(private readonly cloud: Cloud) {}

  find(id: string): ArmResource | undefined {
    return this.resources.get(key(id));
  }

  ids(): string[] {
    return [...this.resources.values()].map(({ id }) => id);
  }

  all(armType: string): ArmResource[] {
    return [...this.resources.values()].filter((resource) => resource.type.armType === armType);
  }

  children(parent: string, armType: string): ArmResource[] {
    return this.all(armType).filter(({ id }) => key(parentOf(id)) === key(parent));
  }

  async put(
    type: ResourceType,
    inputs: PlainObject,
    mode: "create" | "update",
  ): Promise<ArmResource> {
    const id = idOf(type, inputs, this.cloud.subscriptionId);
    const previous = this.find(id);
    if (previous && mode === "create" && !type.singleton) {
      throw new ProviderError(`cannot create already existing resource '${id}'`);
    }
    this.requireRight("write", type, id, inputs);
    this.requireRegistered(type);
    this.requireParent(type, id);
    this.requireReferences(type, id, inputs);
    requireSameLocation(inputs, previous);
    return this.alone(type, id, async () => {
      const name = textAt(inputs, nameArgument(type));
      const echo = project(resourceShape(type.token).outputs, withoutSecrets(type, inputs));
      const put = { cloud: this.cloud, id, name, inputs, echo, previous };
      try {
        const answer = type.put ? await type.put(put) : echo;
        this.failIfDue(type, put, answer);
        return this.store(type, id, name, inputs, answer);
      } catch (error) {
        if (error instanceof FailedAfterwards) {
          this.store(type, id, name, inputs, { ...error.answer, provisioningState: "Failed" });
        }
        throw error;
      }
    });
  }

  store(
    type: ResourceType,
    id: string,
    name: string,
    inputs: PlainObject,
    answer: PlainObject,
  ): ArmResource {
    const previous = this.find(id);
    const outputs = complete(type, id, {
      name,
      type: type.armType,
      azureApiVersion: type.apiVersion,
      ...answer,
      ...(typeof answer["location"] === "string" && {
        location: normalizedLocation(answer["location"]),
      }),
    });
    const createdAt = previous?.createdAt ?? Date.now();
    const resource: ArmResource = { id, type, name, createdAt, inputs, outputs };
    this.resources.set(key(id), resource);
    this.cloud.world.journal.write("azure-native", previous ? "updated" : "created", { id });
    this.cloud.changed();
    return resource;
  }

  amend(id: string, outputs: PlainObject): void {
    const resource = this.find(id);
    if (resource) {
      this.resources.set(key(id), { ...resource, outputs: { ...resource.outputs, ...outputs } });
    }
  }

  async delete(id: string): Promise<void> {
    const resource = this.find(id);
    if (!resource) {
      return;
    }
    this.requireRight("delete", resource.type, id, resource.inputs);
    this.requireUnused(resource);
    await this.alone(resource.type, id, () => this.removeTree(id));
  }

  private async removeTree(root: string): Promise<void> {
    const below = [...this.resources.values()].filter(({ id }) => isBelow(id, root)).reverse();
    for (const resource of below) {
      await resource.type.remove?.(this.cloud, resource, resource.id !== root);
      this.resources.delete(key(resource.id));
      this.cloud.world.journal.write("azure-native", "deleted", { id: resource.id });
    }
    this.cloud.changed();
  }

  private requireRight(
    verb: "write" | "delete",
    { armType }: ResourceType,
    id: string,
    inputs: PlainObject,
  ): void {
    requireRight(this.cloud, `${armType}/${verb}`, id, {
      PrincipalId: textAt(inputs, "principalId"),
      PrincipalType: textAt(inputs, "principalType"),
      RoleDefinitionId: textAt(inputs, "roleDefinitionId"),
    });
  }

  /** A deployment registers what it needs; a PUT, as azure-native sends it, does not. */
  private requireRegistered({ armType }: ResourceType): void {
    const namespace = armType.split("/")[0]!;
    if (this.cloud.situation.unregistered.has(namespace)) {
      throw new ArmError(
        409,
        "MissingSubscriptionRegistration",
        `The subscription is not registered to use namespace '${namespace}'. See ` +
          "https://aka.ms/rps-not-found for how to register subscriptions.",
      );
    }
  }

  /** Much of Azure is made long after a PUT was accepted, and what fails then is there. */
  private failIfDue({ armType }: ResourceType, { previous }: Put, answer: PlainObject): void {
    const { failing } = this.cloud.situation;
    const due = previous === undefined ? failing.indexOf(armType) : -1;
    if (due >= 0) {
      failing.splice(due, 1);
      throw new FailedAfterwards("InternalServerError", "An error occurred.", answer);
    }
  }

  private requireParent(type: ResourceType, id: string): void {
    const group = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)\//i.exec(id);
    if (group?.[1] && extendedArgument(type) === undefined && !this.find(group[0].slice(0, -1))) {
      throw new ArmError(
        404,
        "ResourceGroupNotFound",
        `Resource group '${group[1]}' could not be found.`,
      );
    }
    const parent = parentOf(id);
    const isChild = type.armType.split("/").length > 2;
    if (isChild && !this.find(parent)) {
      throw new ArmError(
        404,
        "ParentResourceNotFound",
        `Failed to perform 'write' on resource(s) of type '${type.armType.split("/").slice(1).join("/")}', ` +
          `because the parent resource '${parent}' could not be found.`,
      );
    }
  }

  private requireReferences(type: ResourceType, id: string, inputs: PlainObject): void {
    for (const reference of type.references) {
      for (const target of textsAt(inputs, reference.path)) {
        const found = this.find(target);
        if (!/^\/(subscriptions|providers)\//i.test(target)) {
          throw new ArmError(
            400,
            "LinkedInvalidPropertyId",
            `Property id '${target}' at path '${reference.path}' is invalid. Expect fully qualified ` +
              "resource Id that start with '/subscriptions/{subscriptionId}' or " +
              "'/providers/{resourceProviderNamespace}/'.",
          );
        }
        if (found?.type.armType.toLowerCase() !== reference.type.toLowerCase()) {
          throw new ArmError(
            400,
            "InvalidResourceReference",
            `Resource ${target} referenced by resource ${id} was not found. Please make sure that ` +
              "the referenced resource exists, and that both resources are in the same region.",
          );
        }
      }
    }
  }

  private requireUnused(resource: ArmResource): void {
    const code = resource.type.inUse;
    const user = [...this.resources.values()].find(
      ({ id, type, inputs }) =>
        !isBelow(id, resource.id) &&
        type.references.some(({ path }) =>
          textsAt(inputs, path).some((target) => isBelow(target, resource.id)),
        ),
    );
    if (code !== undefined && user) {
      throw new ArmError(
        400,
        code,
        `${resource.name} is in use by ${user.id} and cannot be deleted.`,
      );
    }
  }

  private async alone<T>(type: ResourceType, id: string, work: () => Promise<T>): Promise<T> {
    const rule = type.oneAtATime;
    if (!rule) {
      return work();
    }
    const parent = parentOf(id);
    const lock = `${rule.code} ${key(parent)}`;
    if (this.writing.has(lock)) {
      throw new ArmError(409, rule.code, rule.message(parent));
    }
    this.writing.add(lock);
    try {
      const [result] = await Promise.all([work(), delay(WRITE_MS)]);
      return result;
    } finally {
      this.writing.delete(lock);
    }
  }
}

/** Ids do not differ by case. */
function key(id: string): string {
  return id.toLowerCase();
}

function isBelow(id: string, root: string): boolean {
  return key(id) === key(root) || key(id).startsWith(`${key(root)}/`);
}

/** The id without its last type and name. */
export function parentOf(id: string): string {
  return id.split("/").slice(0, -2).join("/");
}

function withoutSecrets(type: ResourceType, inputs: PlainObject): PlainObject {
  const copy = structuredClone(inputs);
  for (const path of type.secrets ?? []) {
    const parts = path.split(".");
    const last = parts.pop()!;
    const holder = parts.reduce<PlainObject | undefined>(
      (object, part) => object?.[part] as PlainObject | undefined,
      copy,
    );
    delete holder?.[last];
  }
  return copy;
}

function requireSameLocation(inputs: PlainObject, previous: ArmResource | undefined): void {
  const before = textAt(previous?.inputs, "location");
  const after = textAt(inputs, "location");
  if (previous && after && normalizedLocation(before) !== normalizedLocation(after)) {
    throw new ArmError(
      409,
      "InvalidResourceLocation",
      `The resource '${previous.name}' already exists in location '${before}'. A resource with the ` +
        `same name cannot be created in location '${after}'. Please select a new resource name.`,
    );
  }
}

/** Who made something, and who wrote it last. */
export const SYSTEM_DATA: PlainObject = {
  createdByType: "Application",
  lastModifiedByType: "Application",
};

/** Adds what every service answers: the fields that the SDK says are always there. */
export function complete(type: ResourceType, id: string, answer: PlainObject): PlainObject {
  const outputs = { ...answer };
  const general: PlainObject = {
    provisioningState: "Succeeded",
    etag: `W/"${type.apiVersion}"`,
    eTag: `W/"${type.apiVersion}"`,
    resourceGuid: asGuid(createHash("sha256").update(key(id)).digest("hex")),
    systemData: SYSTEM_DATA,
  };
  for (const [name, { shape, required }] of resourceShape(type.token).outputs) {
    const value = outputs[name];
    if (value === undefined && required) {
      outputs[name] = general[name] ?? emptyOf(shape) ?? missing(type, name);
    } else if (Array.isArray(value)) {
      outputs[name] = value.map((item) => withId(shape, `${id}/${name}`, item as PlainObject));
    }
  }
  return outputs;
}

function emptyOf({ kind }: Shape): Plain | undefined {
  return kind === "array" ? [] : kind === "map" ? {} : undefined;
}

function missing(type: ResourceType, name: string): never {
  throw new Error(`The twin gives no value for the output ${name} of ${type.token}.`);
}

/** Parts of network resources have ids of their own, below the whole. */
function withId(shape: Shape, collection: string, item: PlainObject): PlainObject {
  const fields =
    shape.kind === "array" && shape.items.kind === "object" ? shape.items.fields : undefined;
  const name = textAt(item, "name");
  return fields?.has("id") && fields.has("provisioningState") && name && !item["id"]
    ? { ...item, id: `${collection}/${name}`, provisioningState: "Succeeded" }
    : item;
}
