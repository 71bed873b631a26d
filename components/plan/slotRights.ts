import type { Adopted } from "./adopted";
import { namesOf } from "./names";
import type { ActAs } from "./settings";

/** Whose rights the roles of both slots have, and what their sessions begin with. */
export interface SlotRights {
  /** The database that they log in to. */
  readonly database: string;
  /** The role that owns what the application uses. */
  readonly owner: string;
  /** The role that they have their rights of. */
  readonly group: string;
  /** The role that their sessions act as from the first statement on; undefined for themselves. */
  readonly assumed: string | undefined;
  /** All that they are members of. */
  readonly memberOf: readonly string[];
  /** Their `search_path`; undefined for that of everybody. */
  readonly searchPath: readonly string[] | undefined;
  /** Milliseconds by setting. */
  readonly timeouts: Readonly<Partial<Record<TimeoutSetting, number>>>;
}

type TimeoutSetting = "statement_timeout" | "idle_in_transaction_session_timeout";

/** What of a database that is there decides about the slots. */
export type AdoptedRights = Pick<Adopted, "databaseName" | "ownerRole"> &
  Partial<Pick<Adopted, "searchPath" | "statementTimeout" | "idleInTransactionTimeout">>;

/** @param adopted its slots act as the owner of what is there, whatever `actAs` says */
export function slotRights({
  application,
  actAs,
  adopted,
}: {
  readonly application: string;
  readonly actAs?: ActAs | undefined;
  readonly adopted?: AdoptedRights | undefined;
}): SlotRights {
  if (adopted === undefined) {
    const { database, owner, readWrite, schema } = namesOf(application);
    const assumed = actAs === "owner" ? owner : undefined;
    return {
      database,
      owner,
      group: readWrite,
      assumed,
      // The group's right to connect is asked of who logs in, whomever the session acts as.
      memberOf: [...(assumed === undefined ? [] : [assumed]), readWrite],
      // The owner's schema; `"$user"` would be a different schema for each slot.
      searchPath: [schema, "public"],
      timeouts: {},
    };
  }
  const { databaseName, idleInTransactionTimeout, ownerRole, searchPath, statementTimeout } =
    adopted;
  return {
    database: databaseName,
    owner: ownerRole,
    group: ownerRole,
    assumed: ownerRole,
    memberOf: [ownerRole],
    searchPath,
    timeouts: {
      ...(statementTimeout && { statement_timeout: statementTimeout }),
      ...(idleInTransactionTimeout && {
        idle_in_transaction_session_timeout: idleInTransactionTimeout,
      }),
    },
  };
}
