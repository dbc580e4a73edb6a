import { REWORDED } from './phrasesReworded.js';
import { underwriter } from './underwriter.js';

/** Says the same in other words. */
export const decide = underwriter({ version: '1.0.1', book: REWORDED });
