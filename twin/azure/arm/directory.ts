import { randomUUID } from "node:crypto";

/** A service principal of the tenant. */
export interface Principal {
  readonly objectId: string;
  readonly clientId: string;
  readonly createdAt: number;
}

/** What the tenant's directory knows: who exists. */
export class Directory {
  private readonly principals = new Map<string, Principal>();

  constructor(readonly tenantId: string) {}

  add(): Principal {
    const principal = { objectId: randomUUID(), clientId: randomUUID(), createdAt: Date.now() };
    this.principals.set(principal.objectId, principal);
    return principal;
  }

  find(objectId: string): Principal | undefined {
    return this.principals.get(objectId.toLowerCase());
  }

  remove(objectId: string): void {
    this.principals.delete(objectId.toLowerCase());
  }
}
