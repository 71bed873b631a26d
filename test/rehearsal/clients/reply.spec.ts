import assert from "node:assert";
import { replyIn } from "../../../rehearsal/clients/reply";

function reply(...lines: string[]) {
  return replyIn(Buffer.from(lines.join("\r\n")));
}

describe("the reply on a connection of its own", () => {
  it("is read with a length, in bytes", () => {
    assert.deepStrictEqual(reply("HTTP/1.1 200 OK", "Content-Length: 4", "", "zä1"), {
      status: 200,
      body: "zä1",
    });
  });

  it("is read in chunks, with the header in any case and trailers after the last", () => {
    const head = ["HTTP/1.1 502 Bad Gateway", "transfer-encoding: chunked", ""];
    assert.deepStrictEqual(reply(...head, "4;x=1", "bad ", "A", "0123456789", "0", "", ""), {
      status: 502,
      body: "bad 0123456789",
    });
    assert.deepStrictEqual(reply(...head, "0", "a: b", "", "")?.body, "");
  });

  it("is read to the end of the connection where it has no length, and without a reason", () => {
    assert.deepStrictEqual(reply("HTTP/1.1 404", "server: x", "", "gone"), {
      status: 404,
      body: "gone",
    });
  });

  for (const [what, lines] of [
    ["nothing at all", [""]],
    ["a head without an end", ["HTTP/1.1 200 OK", "content-length: 0"]],
    ["another protocol", ["SSH-2.0-x", "", "hello"]],
    ["less than its length", ["HTTP/1.1 200 OK", "content-length: 9", "", "hello"]],
    ["more than its length", ["HTTP/1.1 200 OK", "content-length: 1", "", "hello"]],
    ["half a chunk", ["HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "9", "hel"]],
    ["no last chunk", ["HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "2", "he", ""]],
    ["half the size of a chunk", ["HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "1"]],
  ] as const) {
    it(`is none when it is ${what}`, () => {
      assert.strictEqual(reply(...lines), undefined);
    });
  }
});
