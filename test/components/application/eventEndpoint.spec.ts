import assert from "node:assert";
import { mock } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { eventEndpointHook } from "../../../components/application/eventEndpoint";
import { MockProgram } from "../../../mocks/mocks";

const REFUSED =
  'Status=400 Code="Url validation" Message="Webhook validation handshake failed for ' +
  "https://events.example.com/rotation. Http OPTIONS request failed with response code 405. For " +
  'troublehooting, visit https://aka.ms/esvalidation."';

describe("eventEndpointHook", () => {
  it("names the key and the command where the endpoint did not agree, and never tries again", async () => {
    const program = await MockProgram.start();
    const said = mock.method(pulumi.log, "error", () => Promise.resolve());
    eventEndpointHook("events");
    const hook = program.hook<pulumi.ErrorHook>("events-handshake");
    const failed = {
      ...{ urn: "urn", id: "", name: "events", failedOperation: "create" as const },
      type: "azure-native:eventgrid:SystemTopicEventSubscription",
    };
    const answers = [
      await hook.callback({ ...failed, errors: [REFUSED] }),
      await hook.callback({ ...failed, errors: ['Status=429 Code="TooManyRequests"'] }),
    ];
    await program.drained();
    said.mock.restore();
    assert.deepStrictEqual(answers, [false, false]);
    const texts = said.mock.calls.map(({ arguments: [text] }) => String(text));
    assert.strictEqual(texts.length, 1);
    assert.match(texts[0]!, /rotation:eventEndpoint did not accept/);
    assert.match(texts[0]!, /`curl --include --request OPTIONS .*`/);
    assert.match(texts[0]!, /`pulumi config rm rotation:eventEndpoint`, then `pulumi up`/);
    assert.doesNotMatch(texts[0]!, /example\.com/);
  });
});
