import { appendFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { GateReport } from '../gate/index.js';
import type { Output } from './output.js';
import { GATE_EXIT, gateLines } from './render/gate.js';
import type { GateView } from './views/gate.js';
import { writeWhole } from './writeFile.js';

export const REPORTER_NAMES = ['text', 'json', 'junit', 'github', 'summary', 'comment'] as const;
export type ReporterName = (typeof REPORTER_NAMES)[number];

export interface ReporterChoice {
  readonly name: ReporterName;
  /** stdout when absent. */
  readonly file?: string;
}

/** For `gate show` and `gate run`: `--reporter text --reporter junit=gate.xml`. */
export function reporterOption(): Option {
  return new Option(
    '--reporter <name[=file]>',
    `how the verdict is printed: ${REPORTER_NAMES.join(', ')}; to stdout or into a file; may be given several times`,
  ).argParser((text: string, before: readonly ReporterChoice[] | undefined) => [...(before ?? []), parseChoice(text)]);
}

function parseChoice(text: string): ReporterChoice {
  const at = text.indexOf('=');
  const name = REPORTER_NAMES.find((known) => known === (at < 0 ? text : text.slice(0, at)));
  if (name === undefined || at === text.length - 1) {
    throw new InvalidArgumentError(`expected ${REPORTER_NAMES.join(', ')}, or name=file.`);
  }
  return at < 0 ? { name } : { name, file: text.slice(at + 1) };
}

export interface ReportOptions {
  readonly reporters?: readonly ReporterChoice[];
  /** The policy as it was named on the command line: where annotations point. */
  readonly policyFile?: string;
  /** Of a GitHub job; @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** Prints the verdict and sets the exit code that belongs to it. Without a reporter, in the format of `-o`. */
export async function reportGate(view: GateView, output: Output, options: ReportOptions = {}): Promise<void> {
  const { reporters = [], policyFile, env = process.env } = options;
  process.exitCode = GATE_EXIT[view.status];
  if (reporters.length === 0) return output.result(view, () => gateLines(view, output), [view]);
  const report = machineReport(view, policyFile === undefined ? null : inRepository(policyFile, env));
  for (const { name, file } of reporters) {
    if (file !== undefined) await writeWhole(file, await render(view, report, name, output));
    else if (name === 'text') output.lines(gateLines(view, output));
    else if (name === 'json') output.json(view);
    else output.raw(await render(view, report, name, output));
    if (name === 'github') await tellGithub(view, report, env);
  }
}

async function render(view: GateView, report: GateReport, name: ReporterName, output: Output): Promise<string> {
  if (name === 'json') return `${JSON.stringify(view, null, 2)}\n`;
  if (name === 'text') {
    const lines = gateLines(view, { width: output.width, paint: (_style, text) => text });
    return `${lines.join('\n')}\n`;
  }
  const { REPORTERS } = await import('../gate/index.js');
  return REPORTERS[name](report);
}

/** The job summary, and what later steps may ask for, into the files that the runner names; neither is there outside a job. */
async function tellGithub(view: GateView, report: GateReport, env: NodeJS.ProcessEnv): Promise<void> {
  const { githubOutputs, REPORTERS } = await import('../gate/index.js');
  const { GITHUB_STEP_SUMMARY: summaryFile, GITHUB_OUTPUT: outputFile } = env;
  if (summaryFile !== undefined && summaryFile !== '') await appendFile(summaryFile, REPORTERS.summary(report));
  if (outputFile !== undefined && outputFile !== '') await appendFile(outputFile, githubOutputs(report, view.status));
}

/** A path as the repository has it; one outside of it points nowhere. */
function inRepository(file: string, { GITHUB_WORKSPACE: root }: NodeJS.ProcessEnv): string | null {
  const path = relative(root === undefined || root === '' ? '.' : root, resolve(file));
  return path.startsWith('..') || isAbsolute(path) ? null : path.replaceAll('\\', '/');
}

/** A gate that has not ended has no rules yet: machines are told that it did not pass. */
function machineReport(view: GateView, policyFile: string | null): GateReport {
  const pending = { status: 'inconclusive', rules: [], stakeAtRisk: null, flips: [], shifted: [] } as const;
  return {
    gate: view.id,
    name: view.name,
    baseline: view.baseline,
    candidate: view.candidate,
    verdict: view.verdict ?? pending,
    entry: view.signed === null ? null : { id: view.signed.entry, index: view.signed.index },
    reused: view.reused ?? null,
    profile: view.profile ?? null,
    ...(policyFile === null ? {} : { policyFile }),
  };
}
