import { Argument, type Command } from 'commander';
import type { Waiver } from '../../gate/index.js';
import type { Person } from '../../people/index.js';
import { openContext, withPlatform, type CommandContext, type OpenPlatform } from '../context.js';
import { expiry } from '../expiry.js';
import { gateCommand, withExamples } from '../parents.js';
import { requirePerson } from '../person.js';
import { personSigner } from '../personKey.js';
import { waiverLines, waiverTable } from '../render/waiver.js';

interface Saying {
  readonly reason: string;
  readonly key?: string;
}

export function registerGateWaive(program: Command): void {
  registerRequest(program);
  registerAdjudicate(program);
  registerList(program);
}

const REASON = ['--reason <text>', 'why, for somebody who was not there'] as const;
const KEY = ['--key <file>', 'your own Ed25519 key (PEM) to sign with; without it the platform names you'] as const;

function registerRequest(program: Command): void {
  const command = gateCommand(program)
    .command('waive')
    .description('ask that one high-risk flip of a gate may pass for a time; another person decides')
    .argument('<gate>', 'gate id (gate_…), or `latest`')
    .argument('<decision>', 'pinned decision that came out otherwise, or flip of high stake')
    .requiredOption(...REASON)
    .requiredOption('--expires <when>', 'until when: 30d, 2027-01-31, or a time', (text) => expiry(text))
    .option(...KEY)
    .action(async (gateId: string, decision: string, options: Saying & { readonly expires: Date }, self: Command) => {
      const context = await openContext(self);
      const person = await requirePerson(context, 'engineer');
      const waiver = await speaking(context, person, options, async (open, words) => {
        const { requestWaiver, waiverTerms } = await import('../../gate/index.js');
        const { getGate } = await import('../views/loadGate.js');
        const { decisionIn, verdictOf } = await import('../views/waiver.js');
        const gate = await getGate(open, gateId);
        const terms = waiverTerms({
          gate,
          policy: gate.policy as Parameters<typeof waiverTerms>[0]['policy'],
          verdict: await verdictOf(open, gate),
          decision,
          facts: await decisionIn(open, gate, decision),
          expiresAt: options.expires,
          now: words.now,
        });
        return requestWaiver(open.platform.ledger, terms, words);
      });
      context.output.result(waiver, () => waiverLines(waiver, context.output));
    });
  withExamples(command, 'tenet gate waive latest dec_7Q2K --expires 30d --reason "income proof arrived by letter"');
}

function registerAdjudicate(program: Command): void {
  const command = gateCommand(program)
    .command('adjudicate')
    .description('accept or reject a waiver that somebody else asked for, or take one back')
    .argument('<waiver>', 'waiver id (wvr_…)')
    .addArgument(new Argument('<word>', 'what you say').choices(['accept', 'reject', 'revoke']))
    .requiredOption(...REASON)
    .option(...KEY)
    .action(async (id: string, word: 'accept' | 'reject' | 'revoke', options: Saying, self: Command) => {
      const context = await openContext(self);
      const person = await requirePerson(context, word === 'revoke' ? 'engineer' : 'approver');
      const waiver = await speaking(context, person, options, async ({ platform, stores }, words) => {
        const { adjudicateWaiver, revokeWaiver } = await import('../../gate/index.js');
        const deps = { ledger: platform.ledger, approvals: stores.approvals };
        return word === 'revoke'
          ? revokeWaiver(deps, id, words)
          : adjudicateWaiver(deps, id, word === 'accept' ? 'approve' : 'refuse', words);
      });
      context.output.result(waiver, () => waiverLines(waiver, context.output));
    });
  withExamples(command, 'tenet gate adjudicate wvr_K3 accept --reason "letter seen, amounts checked"').addHelpText(
    'after',
    '\nLook at it first: tenet gate waivers WAIVER. Exit: 4 where you asked for it yourself, have decided already, or lack the role',
  );
}

function registerList(program: Command): void {
  const command = gateCommand(program)
    .command('waivers')
    .description('waivers with their state, oldest first; of one gate, or one with what was said')
    .argument('[id]', 'gate id (gate_…), `latest`, or waiver id (wvr_…)')
    .action(async (id: string | undefined, _options: object, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const views = await withPlatform(context, (open) => loadWaivers(open, id));
      const [only] = views;
      const isOne = id?.startsWith('wvr_') === true && only !== undefined;
      output.result(
        isOne ? only : views,
        () => (isOne ? waiverLines(only, output) : waiverTable(views, output)),
        views,
      );
    });
  withExamples(command, 'tenet gate waivers', 'tenet gate waivers latest');
}

async function loadWaivers(open: OpenPlatform, id: string | undefined) {
  const { findWaiver, readWaivers } = await import('../../gate/index.js');
  const { waiverView } = await import('../views/waiver.js');
  const all = await readWaivers(open.platform.ledger);
  const now = new Date();
  if (id?.startsWith('wvr_') === true) return [waiverView(findWaiver(all, id), now)];
  if (id === undefined) return all.map((waiver) => waiverView(waiver, now));
  const { getGate } = await import('../views/loadGate.js');
  const gate = await getGate(open, id);
  return all
    .filter((waiver) => waiver.gate === gate.id || gate.waivers.includes(waiver.id))
    .map((waiver) => waiverView(waiver, now));
}

interface Words {
  readonly person: Person;
  readonly reason: string;
  readonly now: Date;
  readonly sign: Awaited<ReturnType<typeof personSigner>>;
}

/** The key is read before anything is opened: a file that is none costs nothing. */
async function speaking(
  context: CommandContext,
  person: Person,
  { reason, key }: Saying,
  say: (open: OpenPlatform, words: Words) => Promise<Waiver>,
) {
  const sign = await personSigner(key);
  const { waiverView } = await import('../views/waiver.js');
  const now = new Date();
  const waiver = await withPlatform(context, (open) => say(open, { person, reason, now, sign }), 'wait');
  return waiverView(waiver, now);
}
