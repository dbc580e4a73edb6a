import type { GateVerdict } from '../types.js';

/** What two people let pass, one line each: ids and dates, no name and no value. */
export const waivedLines = ({ waived = [] }: Pick<GateVerdict, 'waived'>): string[] =>
  waived.map(
    ({ waiver, decision, rules, expiresAt }) => `${decision} (${rules.join(', ')}) by ${waiver} until ${expiresAt}`,
  );
