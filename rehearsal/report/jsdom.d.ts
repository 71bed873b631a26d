/**
 * What is used of jsdom. Its published types bring in those of a browser for the whole project,
 * where they clash with Node's.
 */
declare module "jsdom" {
  export class JSDOM {
    constructor(html?: string, options?: { readonly runScripts?: "outside-only" });
    readonly window: { readonly document: object; close(): void };
    /** Where scripts of the page run. */
    getInternalVMContext(): import("node:vm").Context;
  }
}
