/** packages/ghost/bundle.mjs, which is plain JavaScript. */
export declare const ENTRIES: Readonly<Record<'index' | 'replay' | 'dagster' | 'spool' | 'tenetGhostThread', string>>;
export declare const PARTS: Readonly<Record<'tenetGhostParts', string>>;
export declare function build(): Promise<void>;
export declare function bundle(
  input: Readonly<Record<string, string>>,
  format: 'cjs' | 'es',
  options?: { readonly external?: readonly string[]; readonly later?: boolean },
): Promise<Readonly<Record<string, string>>>;
