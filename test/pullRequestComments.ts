import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A thread of comments that a pipeline wants in a pull request. */
export interface PostedThread {
  readonly url: string;
  readonly authorization: string;
  readonly content: string;
  readonly status: string;
}

/** Takes the comments of pull requests, in the place of Azure DevOps. */
export class PullRequestComments {
  readonly posted: PostedThread[] = [];

  private constructor(private readonly server: Server) {}

  static async serve(): Promise<PullRequestComments> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const thread = JSON.parse(body) as { comments: [{ content: string }]; status: string };
        comments.posted.push({
          url: request.url ?? "",
          authorization: request.headers.authorization ?? "",
          content: thread.comments[0].content,
          status: thread.status,
        });
        response.end("{}");
      });
    });
    const comments = new PullRequestComments(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return comments;
  }

  /** What Azure DevOps tells a pipeline of a pull request. */
  get variables(): Record<string, string> {
    return {
      SYSTEM_COLLECTIONURI: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`,
      SYSTEM_TEAMPROJECTID: "project",
      BUILD_REPOSITORY_ID: "repository",
      SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
      SYSTEM_ACCESSTOKEN: "token",
      no_proxy: "127.0.0.1",
    };
  }

  close(): void {
    this.server.close();
  }
}
