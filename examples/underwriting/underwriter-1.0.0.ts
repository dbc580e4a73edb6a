import { underwriter } from './underwriter.js';

/** The version in production. */
export const decide = underwriter({ version: '1.0.0' });
