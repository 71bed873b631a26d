import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where a table was read. */
export interface Source {
  /** On GitHub, e.g. `MicrosoftDocs/azure-aks-docs`. */
  readonly repository: string;
  readonly path: string;
  readonly commit: string;
  /** Day that the page gives for itself, e.g. `2026-04-30`. */
  readonly date: string;
}

/** A page as it was when it last had any text. */
export interface Page extends Source {
  readonly text: string;
}

/** Checkouts of Microsoft's documents, each in a folder that is called as the repository is. */
export class Documents {
  constructor(private readonly folder: string) {}

  has(repository: string): boolean {
    return existsSync(this.checkout(repository));
  }

  /**
   * The newest version of a page, also when a later commit took it away; undefined when there never
   * was one.
   */
  page(repository: string, path: string): Page | undefined {
    const commit = this.git(repository, "log", "-1", "--diff-filter=AM", "--format=%H", "--", path);
    if (commit === "") {
      return undefined;
    }
    const text = this.git(repository, "show", `${commit}:${path}`);
    return { repository, path, commit, date: dateOf(text), text };
  }

  /** Paths in the newest commit that begin with some text. */
  paths(repository: string, beginning: string): string[] {
    const folder = beginning.slice(0, beginning.lastIndexOf("/") + 1);
    return this.git(repository, "ls-tree", "--name-only", "HEAD", folder)
      .split("\n")
      .filter((path) => path.startsWith(beginning));
  }

  private git(repository: string, ...args: string[]): string {
    return execFileSync("git", ["-C", this.checkout(repository), ...args], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    }).trim();
  }

  private checkout(repository: string): string {
    return join(this.folder, repository.split("/").at(-1)!);
  }
}

/** `ms.date: 04/30/2026` as `2026-04-30`. */
function dateOf(text: string): string {
  const [, month, day, year] = /^ms\.date: *(\d\d)\/(\d\d)\/(\d{4})/m.exec(text) ?? [];
  return year === undefined ? "" : `${year}-${month}-${day}`;
}
