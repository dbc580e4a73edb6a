// Writes the pages that are made from the code. A test fails where one is not current.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordReference } from '../dist/src/schema/index.js';

const file = join(import.meta.dirname, '../docs/record-schema.md');
writeFileSync(file, recordReference());
console.log(file);
