import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ghost } from '@tenet-ledger/ghost';
import { loadApplicants, type Applicant } from './applicants.js';

/** Where letters go. A letter that left cannot be taken back: the tool is `irreversible`. */
export function outbox(): string {
  return process.env['LETTER_OUTBOX'] ?? join(process.cwd(), '.tenet', 'outbox', 'letters.jsonl');
}

let register: ReadonlyMap<string, Applicant> | undefined;

/** The bureau's register. The compiled example lies under dist/, its data file does not: both places are tried. */
export function applicantsFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.includes(`${join('dist', 'examples')}`)
    ? join(here, '../../../examples/underwriting/applicants.csv')
    : join(here, 'applicants.csv');
}

function bureauRegister(): ReadonlyMap<string, Applicant> {
  register ??= new Map(
    loadApplicants(process.env['BUREAU_REGISTER'] ?? applicantsFile()).applicants.map((row) => [row.id, row]),
  );
  return register;
}

export const lookUp = ghost.tool(
  'credit_bureau.lookup',
  { effect: 'read', key: (query: { applicant: string }) => query.applicant },
  async (query: { applicant: string }): Promise<{ savings: string; checking: string }> => {
    const row = bureauRegister().get(query.applicant);
    if (row === undefined) throw new Error(`the credit bureau has no file on applicant ${query.applicant}`);
    return { savings: row.savings, checking: row.checking };
  },
);

export const sendLetter = ghost.tool(
  'letter.send',
  {
    effect: 'irreversible',
    key: (letter: { applicant: string; outcome: string; text: string }) => `${letter.applicant}:${letter.outcome}`,
    stub: () => ({ sent: true }),
  },
  async (letter: { applicant: string; outcome: string; text: string }): Promise<{ sent: boolean }> => {
    mkdirSync(dirname(outbox()), { recursive: true });
    appendFileSync(outbox(), `${JSON.stringify(letter)}\n`);
    return { sent: true };
  },
);
