/** What a server answered. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/**
 * The response that is all a server sent on a connection before it ended it (RFC 9112).
 *
 * @returns undefined when it is not whole
 */
export function replyIn(bytes: Buffer): Reply | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  const head = bytes.toString("latin1", 0, Math.max(0, end));
  const status = /^HTTP\/1\.1 (\d{3})(?: |\r|$)/.exec(head)?.[1];
  const body = status === undefined ? undefined : bodyIn(head, bytes.subarray(end + 4));
  return body && { status: Number(status), body: body.toString() };
}

function bodyIn(head: string, bytes: Buffer): Buffer | undefined {
  if (/^transfer-encoding: *chunked$/im.test(head)) {
    return unchunked(bytes);
  }
  const length = /^content-length: *(\d+)$/im.exec(head)?.[1];
  // Without a length the end of the connection is the end of the body.
  return length === undefined || bytes.length === Number(length) ? bytes : undefined;
}

function unchunked(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = parseInt(bytes.toString("latin1", at, Math.max(at, lineEnd)), 16);
    if (!(size > 0)) {
      return size === 0 ? Buffer.concat(chunks) : undefined;
    }
    const begin = lineEnd + 2;
    at = begin + size + 2;
    if (bytes.length < at) {
      return undefined;
    }
    chunks.push(bytes.subarray(begin, begin + size));
  }
}
