import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../errors/index.js';
import { ownPackage } from '../../services/index.js';

/** The example agent, found by path: the CLI knows it as a user's agent would be known. */
export const BASELINE = 'underwriter@1.0.0';

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
export const applicantsFile = (): string => process.env['TENET_DEMO_APPLICANTS'] ?? source('applicants.csv');

export async function loadExample(): Promise<{
  applicants: readonly ExampleApplicant[];
  decide: AgentModule['decide'];
}> {
  const file = applicantsFile();
  const { parseApplicants } = (await import(compiled('applicants.js'))) as ApplicantsModule;
  const { applicants, problems } = parseApplicants(readFileSync(file, 'utf8'));
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
