import assert from "node:assert";
import type { ActAs, Adopted } from "../../../components/plan";
import * as pulumi from "@pulumi/pulumi";
import { transition } from "../../../components/plan";
import { environmentProblems } from "../../../components/rotation/environmentProblems";
import { Rotation } from "../../../components/rotation/rotation";
import { MockProgram } from "../../../mocks/mocks";
import { rotationArgs, rotationEnvironment } from "../../support/rotationEnvironment";

const GOOD = rotationEnvironment();

describe("the environment of a rotation", () => {
  it("is content with the defaults of the configuration", () => {
    assert.ok(environmentProblems(GOOD).every(([, reason]) => reason === undefined));
  });

  it("is told every wrong value at once, by its path and with what is allowed", async () => {
    const program = await MockProgram.start();
    const environment = {
      ...GOOD,
      application: "My-App",
      actAs: "admin" as "owner",
      images: { app: "app:-1", tools: "tools" },
      validityDays: 7,
      release: { ...GOOD.release, replicas: 0, poolSize: 2.5, rolloutSeconds: 10_000 },
      delivery: { by: "secret", keys: { "a/b": "${passwort}" } } as const,
      proof: {
        ...{ answers: 0, seconds: 1, drainSeconds: -1 },
        ...{ by: "status" as const, path: "//other.example.com", statuses: [200, 600] },
      },
      hosts: { ...GOOD.hosts, blue: GOOD.hosts.production },
    };
    const run = transition(undefined, { counter: 0, live: 0, retired: -1 });
    assert.throws(
      () => new Rotation("rotation", rotationArgs(run, { environment })),
      (error: unknown) => {
        assert.ok(pulumi.InputPropertiesError.isInstance(error));
        assert.deepStrictEqual(
          error.errors?.map(({ propertyPath }) => propertyPath),
          [
            "environment.application",
            "environment.actAs",
            "environment.images.app",
            "environment.images.tools",
            "environment.validityDays",
            "environment.release.replicas",
            "environment.release.poolSize",
            "environment.release.rolloutSeconds",
            "environment.delivery.keys",
            "environment.delivery.keys",
            "environment.delivery.keys",
            "environment.proof.answers",
            "environment.release.trial",
            "environment.proof.path",
            "environment.proof.statuses",
            "environment.proof.seconds",
            "environment.proof.drainSeconds",
            "environment.hosts",
          ],
        );
        assert.match(error.errors[5]!.reason, /^must be a whole number from 1 to 100, not 0\.$/);
        return true;
      },
    );
    await program.drained();
    assert.deepStrictEqual(program.registrations, []);
  });

  it("names the file that a mount cannot have", () => {
    const delivery = { by: "file", fileName: "a/b" } as const;
    const problems = environmentProblems({ ...GOOD, delivery }).filter(([, why]) => why);
    assert.deepStrictEqual(
      problems.map(([path]) => path),
      ["environment.delivery.fileName"],
    );
  });

  it("refuses slots that take a login over and act as themselves", () => {
    const adopted: Adopted = {
      ...{ legacyRole: "legacy", ownerRole: "legacy", databaseName: "shop" },
      ...{
        searchPath: undefined,
        statementTimeout: undefined,
        idleInTransactionTimeout: undefined,
      },
      legacyService: { name: "shop", port: 80 },
    };
    const problem = (actAs?: ActAs) =>
      environmentProblems(rotationEnvironment({ adopted, ...(actAs && { actAs }) })).find(
        ([path]) => path === "environment.adopted",
      )?.[1];
    assert.match(problem("readwrite") ?? "", /must not be with actAs readwrite/);
    assert.deepStrictEqual([problem("owner"), problem()], [undefined, undefined]);
  });
});
