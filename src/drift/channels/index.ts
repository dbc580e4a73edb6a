import type { Channel } from './types.js';
import { entity } from './entity.js';
import { negation } from './negation.js';
import { number } from './number.js';
import { outcome } from './outcome.js';
import { semantic } from './semantic.js';
import { structure } from './structure.js';

/** Every channel there is. A new one is a file, a line here and a name in types.ts. */
export const CHANNELS: readonly Channel[] = [outcome, semantic, structure, negation, number, entity];
