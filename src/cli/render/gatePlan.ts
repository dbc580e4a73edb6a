import type { GateEstimate, GatePolicy, LaneEstimate } from '../../gate/index.js';
import { count, percent, plural, seconds } from './numbers.js';
import { clip } from './width.js';
import { asCalled } from '../called.js';

interface Asked {
  readonly baseline: string;
  readonly expect: number;
  readonly power: number;
}

export function gatePlanLines(file: string, policy: GatePolicy, asked: Asked, estimate: GateEstimate): string[] {
  const { lanes, reruns, calls, cost, exceeds } = estimate;
  return [
    `gate ${clip(policy.name, 100)}: ${clip(asked.baseline, 100)}, ${clip(policy.type, 100)}`,
    `  cohort     ${count(estimate.cohort)} of ${plural(estimate.population, 'recorded decision')}`,
    `  needed     ${neededLine(policy, asked, estimate)}`,
    ...lanes.map(laneLine),
    `  together   ${[plural(reruns, 're-run'), plural(calls, 'live model call'), ...costs(cost)].join(', ')}${timeOf(estimate)}`,
    ...exceeds.map((limit) => `  over       ${limit} of the policy: the gate would stop there and be inconclusive`),
    `next: ${asCalled('tenet gate run')} ${clip(file, 200)} --candidate VERSION`,
  ];
}

function neededLine(
  { maxFlipRate, alpha }: GatePolicy,
  { expect, power }: Asked,
  { needed, enough, cohort }: GateEstimate,
) {
  const claim = `a flip rate below ${percent(maxFlipRate)} at alpha ${percent(alpha)}`;
  if (needed === null) return `no cohort shows ${claim} if ${percent(expect)} of the decisions flip`;
  const size = `${plural(needed.n, 'decision')} (${plural(needed.allowedFlips, 'flip')} allowed)`;
  const short = enough ? 'there are enough' : `${count(needed.n - cohort)} too few: likely inconclusive or failed`;
  return `${size} to show ${claim} with a chance of ${percent(power)} if ${percent(expect)} flip: ${short}`;
}

function laneLine({ lane, repeats, reruns, calls, promptTokens, completionTokens, cost, kept }: LaneEstimate): string {
  const title = lane === 'control' ? 'control' : 'candidate';
  if (kept) return `  ${title.padEnd(10)} ×${repeats}: there is one already, used again`;
  const tokens = promptTokens + completionTokens;
  const parts = [plural(reruns, 're-run'), plural(calls, 'live model call')];
  if (tokens > 0) parts.push(`${count(promptTokens)} + ${count(completionTokens)} tokens`);
  return `  ${title.padEnd(10)} ×${repeats}: ${[...parts, ...(calls > 0 ? costs(cost) : [])].join(', ')}`;
}

const costs = (cost: number | null): string[] => [
  cost === null ? 'cost unknown: no price is configured' : `cost ${cost.toFixed(2)}`,
];

const timeOf = ({ seconds: time, reruns }: GateEstimate): string => {
  if (reruns === 0) return '';
  return time === null ? '; how long: no run of this agent to judge by yet' : `, about ${seconds(time * 1000)}`;
};
