import { POLICY } from './scorecard.js';
import { underwriter } from './underwriter.js';

/** Relaxes rule R-07 for one segment: cars may run 36 months. */
export const RELAXED = { ...POLICY, term: { limit: 24, segment: { purpose: 'car', limit: 36 } } };

export const decide = underwriter({ version: '1.1.0', policy: RELAXED });
