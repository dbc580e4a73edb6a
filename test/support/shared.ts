import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/**
 * Conformance vectors and real data that are not part of this repository. They are read from the folder named by
 * TENET_SHARED, or from `shared` beside the checkout; tests that need them say so and skip where they are absent.
 */
export const sharedDir = process.env['TENET_SHARED'] ?? resolve(root, '../shared');
export const vectorsDir = join(sharedDir, 'vectors');
export const dataDir = join(sharedDir, 'data');
export const hasVectors = existsSync(vectorsDir);
export const hasData = existsSync(dataDir);

if (!hasVectors) process.stderr.write(`conformance vectors not found at ${vectorsDir}: their tests are skipped\n`);
