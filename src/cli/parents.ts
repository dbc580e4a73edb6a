import type { Command } from 'commander';
import { asCalled } from './called.js';

/** Headings of `tenet --help`, in this order. */
export const GROUPS = {
  run: 'Run it:',
  decisions: 'Decisions and evidence:',
  change: 'Judge a new version:',
  operate: 'Operate:',
} as const;

/** Several files put subcommands under one parent; whoever comes first makes it. */
function parent(program: Command, name: string, summary: string, group: string): Command {
  const present = program.commands.find((command) => command.name() === name);
  return present ?? program.command(name).description(summary).helpGroup(group);
}

export const decisionCommand = (program: Command): Command =>
  parent(program, 'decision', 'recorded decisions: find, read, take out as evidence', GROUPS.decisions);

export const ledgerCommand = (program: Command): Command =>
  parent(program, 'ledger', 'the log of all entries: its head, its proofs, its soundness', GROUPS.decisions);

export const importCommand = (program: Command): Command =>
  parent(program, 'import', 'take decisions over from other logs: signed, graded, resumable', GROUPS.decisions);

export const producerCommand = (program: Command): Command =>
  parent(program, 'producer', 'who wrote records, and whether anything of theirs is missing', GROUPS.decisions);

export const gateCommand = (program: Command): Command =>
  parent(program, 'gate', 'gates: check a policy, run one, read a verdict', GROUPS.change);

export const replayCommand = (program: Command): Command =>
  parent(program, 'replay', 're-runs of recorded decisions and what they changed', GROUPS.change);

export const driftCommand = (program: Command): Command =>
  parent(
    program,
    'drift',
    'nights of an agent, and runs of a pipeline: what changed without a new version',
    GROUPS.change,
  );

export const alertCommand = (program: Command): Command =>
  parent(program, 'alert', 'alerts: see them, take them, say what became of them', GROUPS.change);

export const inquiryCommand = (program: Command): Command =>
  parent(program, 'inquiry', 'regulator inquiries: hold, scope, collect, review, release, verify', GROUPS.decisions);

export const keyCommand = (program: Command): Command =>
  parent(program, 'key', 'API keys: mint, list, rotate, revoke', GROUPS.operate);

export const apiCommand = (program: Command): Command => parent(program, 'api', 'the HTTP API', GROUPS.operate);

export const dbCommand = (program: Command): Command => parent(program, 'db', 'the database schema', GROUPS.operate);

export const configCommand = (program: Command): Command =>
  parent(program, 'config', 'the configuration in force', GROUPS.operate);

/** Examples under a command's help. Each must work as printed after `tenet demo`. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ ${asCalled(example, { flags: '' })}`);
  return command.addHelpText('after', `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`);
}
