/** packages/ghost/bundle.mjs, which is plain JavaScript. */
export declare const ENTRIES: Readonly<Record<'index' | 'replay' | 'dagster' | 'spool' | 'tenetGhostThread', string>>;
export declare function build(): Promise<void>;
export declare function bundle(
  input: Readonly<Record<string, string>>,
  format: 'cjs' | 'es',
  options?: { readonly external?: readonly string[] },
): Promise<Readonly<Record<string, string>>>;
