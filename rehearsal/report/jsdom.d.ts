/**
 * What is used of jsdom. Its published types bring in those of a browser for the whole project,
 * where they clash with Node's.
 */
declare module "jsdom" {
  export class JSDOM {
    constructor(html?: string);
    readonly window: { readonly document: object; close(): void };
  }
}
