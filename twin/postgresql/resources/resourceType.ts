import type { Database } from "./connection";
import type { ResourceData } from "./resourceData";
import type { ResourceSchema } from "./schema";

/** One kind of resource: what it is described by, and what is done to the server. */
export interface ResourceType extends ResourceSchema {
  create(database: Database, data: ResourceData): Promise<void>;
  update?(database: Database, data: ResourceData): Promise<void>;
  /** Leaves the id empty when the object is gone. */
  read(database: Database, data: ResourceData): Promise<void>;
  delete(database: Database, data: ResourceData): Promise<void>;
}
