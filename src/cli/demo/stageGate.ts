import type { GateRunSummary } from '../../../activities/index.js';
import type { GatePolicy, RuleStatus } from '../../gate/index.js';
import { awaitGate, judgedBy, requestGate, startGate, traceWorkflow, type Stack } from '../../runtime/index.js';
import { createProgress } from '../progress.js';
import { gateLines, STATUS_STYLE } from '../render/gate.js';
import { count, percent, plural } from '../render/numbers.js';
import type { GateView } from '../views/gate.js';
import { loadGate } from '../views/loadGate.js';
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

/** Enough to see what a gate says; the rest is one command away. */
const SHOWN = { flips: 4, rationales: 2, ruleLines: 3 };

/** One candidate version before the gate: its worker is started, the workflow awaited, the verdict shown. */
export async function stageGate(
  stack: Stack,
  plan: GateStage,
  printer: StagePrinter,
  signal: AbortSignal,
): Promise<GateView> {
  const stage = printer.begin(plan.title);
  const { platform, stores, temporal } = stack;
  const before = (await platform.ledger.status()).size;
  signal.throwIfAborted();
  const served = await stack.serveAgent(agentEntry(plan.candidate));
  const baseline = await stores.agents.get(BASELINE);
  const gate = await requestGate(platform, stores, {
    policy: plan.policy,
    baseline: BASELINE,
    candidate: plan.candidate,
    session: plan.session,
    digests: [baseline?.digest ?? null, served.digest],
    judgedBy: judgedBy(stack.config, stack.services.embedder),
  });
  signal.throwIfAborted();
  await startGate(temporal, platform.tenant, gate);
  const progress = createProgress(`gate ${plan.candidate}`);
  const ended = await awaitGate(stack, gate.id, progress, signal).finally(() => progress.end());
  const view = await loadGate({ platform, stores, signal }, ended);
  const after = (await platform.ledger.status()).size;

  stage.expect(view.status === plan.expected, `verdict ${view.status}, expected ${plan.expected}`);
  plan.check(view, stage);
  stage.fact(range(before, after));
  if (ended.workflow !== null) stage.fact(await workflowLine(stack, ended.workflow));
  const summary = ended.summary as GateRunSummary | null;
  for (const line of summaryLines(summary)) stage.fact(line);
  if (summary !== null) expectNoise(summary, stage);
  stage.block(gateLines(view, stage.screen, SHOWN));
  const word = stage.screen.paint(STATUS_STYLE[view.status], view.status.toUpperCase());
  stage.end(
    `${BASELINE} → ${plan.candidate}: ${word}, ${plural(view.verdict?.flips.length ?? 0, 'flip')}, reasons changed in ${count(view.verdict?.shifted.length ?? 0)}`,
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
    `${plural(trace.workflows, 'workflow')} in all, histories of ${count(trace.historyLength)} events`,
    `${count(trace.activities)} activities by ${trace.workers.join(' ')}`,
  ].join(' · ');
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
