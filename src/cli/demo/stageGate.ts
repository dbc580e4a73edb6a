import type { GateRunSummary } from '../../../activities/index.js';
import type { GatePolicy, RuleStatus } from '../../gate/index.js';
import { awaitGate } from '../../runtime/index.js';
import type { Output } from '../output.js';
import { createProgress } from '../progress.js';
import { requestGate, startGate } from '../../runtime/index.js';
import { gateLines } from '../render/gate.js';
import { count, percent } from '../render/numbers.js';
import type { Stack } from '../../runtime/index.js';
import type { GateView } from '../views/gate.js';
import { loadGate } from '../views/loadGate.js';
import { traceWorkflow } from '../../runtime/index.js';
import { agentEntry, BASELINE } from './example.js';
import { range, type Stage, type StagePrinter } from './stagePrinter.js';

export interface GateStage {
  readonly title: string;
  readonly candidate: string;
  readonly policy: GatePolicy;
  readonly session: string;
  readonly expected: RuleStatus;
  /** What else has to hold for the stage to come out as stated. */
  check(view: GateView, stage: Stage): void;
}

/** One candidate version before the gate: its worker is started, the workflow awaited, the verdict shown. */
export async function stageGate(
  stack: Stack,
  plan: GateStage,
  printer: StagePrinter,
  output: Output,
  signal: AbortSignal,
): Promise<GateView> {
  const stage = printer.begin(plan.title);
  const { platform, stores, temporal } = stack;
  const before = (await platform.ledger.status()).size;
  const served = await stack.serveAgent(agentEntry(plan.candidate));
  const baseline = await stores.agents.get(BASELINE);
  const gate = await requestGate(platform, stores, {
    policy: plan.policy,
    baseline: BASELINE,
    candidate: plan.candidate,
    session: plan.session,
    digests: [baseline?.digest ?? null, served.digest],
  });
  await startGate(temporal, platform.tenant, gate);
  const progress = createProgress(`gate ${plan.candidate}`);
  const ended = await awaitGate(stack, gate.id, progress, signal);
  progress.end();
  const view = await loadGate({ platform, stores, signal }, ended);
  const after = (await platform.ledger.status()).size;

  stage.expect(view.status === plan.expected, `verdict ${view.status}, expected ${plan.expected}`);
  plan.check(view, stage);
  if (ended.workflow !== null) stage.detail(await workflowLine(stack, ended.workflow));
  stage.detail(range(before, after));
  const summary = ended.summary as GateRunSummary | null;
  for (const line of summaryLines(summary)) stage.detail(line);
  if (summary !== null) expectNoise(summary, stage);
  stage.detail('');
  for (const line of gateLines(view, output, { flips: 4, rationales: 2 })) stage.detail(line);
  stage.detail('');
  const word = view.status.toUpperCase();
  stage.end(
    `${BASELINE} → ${plan.candidate}: ${word}, ${count(view.verdict?.flips.length ?? 0)} flips, reasons changed in ${count(view.verdict?.shifted.length ?? 0)}`,
  );
  await served.stop();
  return view;
}

/** The noise floor has to be really there: other words in most pairs of re-runs, another outcome in none. */
function expectNoise({ control }: GateRunSummary, stage: Stage): void {
  stage.expect(
    control.differentText >= control.pairs / 2,
    `text differs in ${control.differentText} of ${control.pairs} pairs`,
  );
  stage.expect(
    control.differentOutcome === 0,
    `outcome differs in ${control.differentOutcome} of ${control.pairs} pairs`,
  );
}

async function workflowLine({ temporal }: Stack, workflowId: string): Promise<string> {
  const trace = await traceWorkflow(temporal, workflowId);
  return [
    `workflow ${trace.workflowId}`,
    `${count(trace.workflows)} workflows, history ${count(trace.historyLength)} events`,
    `${count(trace.activities)} activities by ${trace.workers.join(' ')}`,
  ].join('   ');
}

function summaryLines(summary: GateRunSummary | null): string[] {
  if (summary === null) return [];
  const { control, vectors, yields } = summary;
  const share = (part: number): string => (control.pairs === 0 ? '–' : percent(part / control.pairs));
  return [
    `control arm: ${count(control.pairs)} pairs, text differs in ${share(control.differentText)}, outcome in ${count(control.differentOutcome)}`,
    `replay yield: ${yields.map((lane) => `${lane.lane} ${percent(lane.share)} of ${count(lane.planned)}`).join(', ')}`,
    `vectors: ${count(vectors.computed)} computed, ${count(vectors.cached)} from the cache (${vectors.embedder})`,
  ];
}
