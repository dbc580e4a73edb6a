import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TenetConfig } from '../../config/index.js';
import { AppError, EXIT } from '../../errors/index.js';
import { parsePolicy, type GatePolicy } from '../../gate/index.js';
import type { Output } from '../output.js';
import { createProgress } from '../progress.js';
import { count, percent } from '../render/numbers.js';
import { shownPath } from '../shellWord.js';
import { startStack, type Stack } from '../../runtime/index.js';
import type { GateView } from '../views/gate.js';
import { writeWhole } from '../writeFile.js';
import { finishDemo, openDemo, type DemoState } from './demoState.js';
import { agentEntry, BASELINE, gatePolicyFile, loadExample } from './example.js';
import { nextCommands } from './nextCommands.js';
import { explainOldState } from './oldState.js';
import { stageGate } from './stageGate.js';
import { createStagePrinter, range, type StagePrinter } from './stagePrinter.js';
import { stageRecord } from './stageRecord.js';
import { stageSigned } from './stageSigned.js';
import { stageVerify } from './stageVerify.js';

export interface DemoResult {
  readonly session: string;
  readonly resumed: boolean;
  readonly gates: readonly { readonly candidate: string; readonly gate: string; readonly status: string }[];
  readonly bundle: string;
  /** Empty when every stage came out as stated. */
  readonly failures: readonly string[];
  readonly exit: number;
}

export interface DemoOptions {
  /** Chat model that words the rationale, at the configured OpenAI-compatible endpoint. */
  readonly model?: string;
}

const MODEL_CALLS_AT_ONCE = 8;
const MODEL_CHILDREN = 4;
const MODEL_TIMEOUT_MS = 60_000;

/** The whole path. State is in the state folder alone, so a killed demo goes on where it stood. */
export async function runDemo(
  config: TenetConfig,
  output: Output,
  signal: AbortSignal,
  { model }: DemoOptions = {},
): Promise<DemoResult> {
  const printer = createStagePrinter(output);
  const policy = loadPolicy(model);
  const example = await loadExample(config);
  const agentEnv = {
    LETTER_OUTBOX: join(config.stateDir, 'outbox', 'letters.jsonl'),
    ...(model === undefined ? {} : { UNDERWRITER_MODEL: model }),
  };
  Object.assign(process.env, agentEnv, model === undefined ? {} : endpointOf(config));
  const children = model === undefined ? config.agent.children : Math.max(MODEL_CHILDREN, config.agent.children);
  const openai = model === undefined ? config.openai : { ...config.openai, model };
  const full: TenetConfig = { ...config, openai, agent: { ...config.agent, children } };
  const { stack, state } = await stageServices(full, agentEnv, printer, output, signal);
  try {
    const atOnce = model === undefined ? 1 : MODEL_CALLS_AT_ONCE;
    const recorded = await stageRecord(stack, state, example, printer, { atOnce, signal });
    const gates: GateView[] = [];
    for (const plan of GATES)
      gates.push(await stageGate(stack, { ...plan, policy, session: state.session }, printer, signal));
    signal.throwIfAborted();
    await stageSigned(stack, gates, printer);
    signal.throwIfAborted();
    const flipped = gates[1]?.verdict?.flips[0];
    if (flipped === undefined) throw new AppError('internal', 'no decision flipped: there is nothing to export');
    const bundle = await stageVerify(
      stack,
      state,
      { decision: flipped, gate: gates[1]?.id ?? '', recorded },
      printer,
      signal,
    );
    signal.throwIfAborted();
    printer.recap();
    output.note('');
    output.note(output.notes.paint('bold', 'Next'));
    for (const { command, about } of nextCommands(gates, shownPath(bundle), shownPath(recorded.policyFile))) {
      output.note(output.notes.paint('dim', `  ${about}`));
      output.note(`    ${command}`);
    }
    await finishDemo(stack.services.folder, state);
    return {
      session: state.session,
      resumed: state.resumed,
      gates: gates.map((gate) => ({ candidate: gate.candidate, gate: gate.id, status: gate.status })),
      bundle,
      failures: printer.failures,
      exit: printer.failures.length === 0 ? EXIT.ok : EXIT.error,
    };
  } catch (error) {
    throw explainOldState(error, config.stateDir);
  } finally {
    await stack.stop();
  }
}

/** The example's own client reads the usual variables, wherever our configuration has them from. */
function endpointOf({ openai: { baseUrl, apiKey } }: TenetConfig): Record<string, string> {
  return {
    ...(baseUrl === undefined ? {} : { OPENAI_BASE_URL: baseUrl }),
    OPENAI_API_KEY: apiKey ?? 'none',
  };
}

/** With a model the rationale of each lane is written anew by it; without, nothing calls a model. */
function loadPolicy(model: string | undefined): GatePolicy {
  const file = gatePolicyFile();
  const policy = parsePolicy(readFileSync(file, 'utf8'), file);
  return model === undefined
    ? policy
    : { ...policy, lanes: { ...policy.lanes, model: 'live', timeoutMs: MODEL_TIMEOUT_MS } };
}

async function stageServices(
  config: TenetConfig,
  agentEnv: Readonly<Record<string, string>>,
  printer: StagePrinter,
  output: Output,
  signal: AbortSignal,
): Promise<{ stack: Stack; state: DemoState }> {
  const stage = printer.begin('services');
  const progress = createProgress('services');
  const stack = await startStack(config, {
    signal,
    agentEnv,
    onProgress: ({ message }) => progress.say(message),
    onNotice: (line) => output.note(line),
  }).finally(() => progress.end());
  try {
    const served = await stack.serveAgent(agentEntry(BASELINE));
    progress.end();
    const state = await openDemo(stack.services.folder);
    const { services, platform } = stack;
    const policyText = platform.policy();
    const policyFile = join(state.folder, 'auditor.policy');
    await writeWhole(policyFile, policyText);
    const size = (await platform.ledger.status()).size;
    const pids = Object.entries(services.pids).map(([name, pid]) => `${name} ${pid}`);
    stage.fact(`${range(0, size)} · ${served.agent} is served, code digest ${served.digest.slice(0, 16)}…`);
    stage.fact(`Postgres ${services.postgres.version}: ${services.postgres.why}`);
    stage.fact(`Temporal ${services.temporal.version} at ${services.temporal.address}: ${services.temporal.why}`);
    stage.fact(`embedder ${services.embedder.kind}: ${services.embedder.why}`);
    stage.fact(`processes: ${pids.join(', ')}`);
    stage.fact(`auditor's policy ${shownPath(policyFile)}`);
    stage.fact(`SHA-256 ${createHash('sha256').update(policyText).digest('hex')}`);
    stage.fact('development set-up: every key, the root key too, is in the state folder');
    const resuming = state.resumed ? 'resuming an interrupted demo: ' : '';
    stage.end(`${resuming}API ${stack.apiUrl}, state in ${shownPath(services.folder.dir)}`);
    return { stack, state };
  } catch (error) {
    progress.end();
    await stack.stop();
    throw explainOldState(error, config.stateDir);
  }
}

const ruleStatus = (view: GateView, name: string): string =>
  view.verdict?.rules.find(({ rule }) => rule === name)?.status ?? 'absent';

/** The share of shifted decisions alone, as if the policy forbade no reason. */
function withoutTerms({ verdict, policy }: GateView): { readonly fails: boolean; readonly line: string } {
  const rule = verdict?.rules.find(({ rule: name }) => name === 'rationale');
  const lower = rule?.figures['lower'] ?? 0;
  const fails = lower > policy.rationale.maxShift;
  const shares = `lower bound ${percent(lower)} against ${percent(policy.rationale.maxShift)}`;
  return {
    fails,
    line: `without the term list: ${fails ? 'FAIL all the same' : 'no fail'}, ${count(verdict?.shifted.length ?? 0)} shifted, ${shares}`,
  };
}

const GATES: readonly Omit<Parameters<typeof stageGate>[1], 'policy' | 'session'>[] = [
  {
    title: 'rewording',
    candidate: 'underwriter@1.0.1',
    expected: 'pass',
    check(view, stage) {
      stage.expect(view.verdict?.flips.length === 0, 'new words alone flipped a decision');
    },
  },
  {
    title: 'policy',
    candidate: 'underwriter@1.1.0',
    expected: 'fail',
    check(view, stage) {
      stage.expect((view.verdict?.flips.length ?? 0) > 0, 'no decision flipped');
      stage.expect(ruleStatus(view, 'flipRate') === 'fail', `the flip rule says ${ruleStatus(view, 'flipRate')}`);
      stage.expect((view.verdict?.stakeAtRisk ?? 0) > 0, 'no amount at stake is named');
    },
  },
  {
    title: 'rationale',
    candidate: 'underwriter@1.0.2',
    expected: 'fail',
    check(view, stage) {
      stage.expect(view.verdict?.flips.length === 0, `${view.verdict?.flips.length} flips where only reasons changed`);
      stage.expect(
        ruleStatus(view, 'rationale') === 'fail',
        `the rationale rule says ${ruleStatus(view, 'rationale')}`,
      );
      const evidence = withoutTerms(view);
      stage.fact(evidence.line);
      stage.expect(evidence.fails, 'without the term list the evidence alone does not fail it');
    },
  },
];
