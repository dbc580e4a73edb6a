import { join } from 'node:path';
import type { TenetConfig } from '../../config/index.js';
import { AppError } from '../../errors/index.js';
import { ownPackage } from '../../services/index.js';
import { readText } from '../readFiles.js';

/** The example agent, found by path: the CLI knows it as a user's agent would be known. */
export const BASELINE = 'underwriter@1.0.0';
const MAX_APPLICANTS_BYTES = 64 * 1024 * 1024;

export interface ExampleApplicant {
  readonly id: string;
  readonly age: number;
  readonly sex: string;
  readonly job: number;
  readonly housing: string;
  readonly savings: string;
  readonly checking: string;
  readonly amount: number;
  readonly duration: number;
  readonly purpose: string;
}

interface ApplicantsModule {
  readonly parseApplicants: (csv: string) => {
    readonly applicants: readonly ExampleApplicant[];
    readonly problems: readonly { line: number; field: string; expected: string; got: string }[];
  };
}

interface AgentModule {
  readonly decide: (application: Omit<ExampleApplicant, 'savings' | 'checking'>) => Promise<unknown>;
}

const compiled = (file: string): string => join(ownPackage().root, 'dist', 'examples', 'underwriting', file);
const source = (file: string): string => join(ownPackage().root, 'examples', 'underwriting', file);

export const agentEntry = (agent: string): string => compiled(`${agent.replace('@', '-')}.js`);
export const gatePolicyFile = (): string => source('gates/underwriter.yaml');

export interface Example extends AgentModule {
  readonly applicants: readonly ExampleApplicant[];
}

/** Every row is read before anything is started: a file with a bad row records nothing. */
export async function loadExample({ demo }: Pick<TenetConfig, 'demo'>): Promise<Example> {
  const file = demo.applicants ?? source('applicants.csv');
  const { parseApplicants } = (await import(compiled('applicants.js'))) as ApplicantsModule;
  const { applicants, problems } = parseApplicants(await readText(file, MAX_APPLICANTS_BYTES, 'applicants file'));
  const [first] = problems;
  if (first !== undefined) {
    throw new AppError(
      'input.invalid',
      `${file}: ${problems.length} unusable ${problems.length === 1 ? 'row' : 'rows'}, nothing was recorded`,
      {
        field: `line ${first.line}, ${first.field}`,
        expected: first.expected,
        got: first.got,
        problems: problems.map(
          ({ line, field, expected, got }) =>
            `line ${line}, ${field}: expected ${expected}, got ${JSON.stringify(got)}`,
        ),
        fix: 'correct the rows and run the demo again',
      },
    );
  }
  const { decide } = (await import(agentEntry(BASELINE))) as AgentModule;
  return { applicants, decide };
}
