import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Fetched tools (Temporal server, weights), kept between test runs and shared by test files: use as `toolsDir`. */
export const toolsDir =
  process.env['TENET_TOOLS_DIR'] ?? join(resolve(import.meta.dirname, '../..'), 'node_modules/.cache/tenet-tools');
mkdirSync(toolsDir, { recursive: true });
