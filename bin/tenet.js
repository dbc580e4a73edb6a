#!/usr/bin/env node
// dist/ and node_modules/ are made by npm ci and npm run build; without them there is nothing to run, and this says so.
let main;
try {
  ({ main } = await import(new URL('../dist/src/cli/main.js', import.meta.url).href));
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  const [missing] = error.message.split('\n');
  const fix = /dist|@tenet-ledger/.test(missing.split(' imported from ')[0])
    ? 'npm run build'
    : 'npm ci && npm run build';
  process.stderr.write(`error: Tenet is not built here: ${missing}\n  fix       ${fix}\n`);
  process.exitCode = 1;
}
await main?.(process.argv);
