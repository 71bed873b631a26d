import * as pulumi from "@pulumi/pulumi";
import { refuseInputs } from "../arguments/inputProblems";
import {
  adoptedRoleProblem,
  applicationNameProblem,
  madeBy,
  namesOf,
  SERVER_DATABASE,
  SLOTS,
} from "../plan";
import { rotatorFunctions } from "./rotatorFunctions";

export interface AdoptedRolesArgs {
  /** Prefix of the slots' roles, e.g. `shop`. A change replaces the rotator's schema. */
  readonly application: string;
  /** The login of today, e.g. `Shop-App.Legacy`. */
  readonly legacyRole: string;
  /** Full name of the stack, e.g. `organization/rotation/prod`: what else is there of it, it made. */
  readonly stack: string;
}

/**
 * What an application needs besides its slots' roles where login, owner and database are there: the
 * rotator's schema with two functions, in the server's own database. Nothing of the database that is
 * there is granted, revoked or made.
 *
 * ```ts
 * new AdoptedRoles("roles", { application: "shop", legacyRole: "Shop-App.Legacy", stack });
 * ```
 *
 * When the counter grows nothing in here has an operation.
 */
export class AdoptedRoles extends pulumi.ComponentResource {
  /** Schema that holds the rotator's two functions. */
  readonly rotatorSchema: pulumi.Output<string>;
  /** Database of that schema. */
  readonly rotatorDatabase = SERVER_DATABASE;

  constructor(
    name: string,
    { application, legacyRole, stack }: AdoptedRolesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rotation:application:AdoptedRoles", name, {}, opts);
    // They become part of SQL.
    refuseInputs(name, [
      ["application", applicationNameProblem(application)],
      ["legacyRole", adoptedRoleProblem(legacyRole, application)],
    ]);
    const slots = SLOTS.map((slot) => namesOf(application).slot(slot).role);
    this.rotatorSchema = rotatorFunctions(
      name,
      {
        application,
        databaseName: SERVER_DATABASE,
        ends: slots,
        // Nothing of the login ends before a run retires it, which does that itself.
        counts: [legacyRole],
        comment: madeBy(stack),
      },
      { parent: this },
    );
    this.registerOutputs({ rotatorSchema: this.rotatorSchema });
  }
}
