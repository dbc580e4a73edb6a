import type { Screen, Style } from '../output.js';
import type { ComparisonView } from '../views/drift.js';
import { forTerminal } from './escape.js';
import { count, percent } from './numbers.js';
import { labelled, table } from './table.js';
import { clip, wrap } from './width.js';

const LABEL = 10;
const LISTED = 10;

const STYLES: Readonly<Record<ComparisonView['verdict'], Style>> = {
  shift: 'red',
  'no-evidence': 'green',
  inconclusive: 'yellow',
};
const END = { shift: 'SHIFT', 'no-evidence': 'NO EVIDENCE OF A SHIFT', inconclusive: 'INCONCLUSIVE' } as const;

/** Two pipeline runs side by side. The list is by size and claims nothing; claims have a p. */
export function comparisonLines(view: ComparisonView, screen: Screen): string[] {
  const { outcomes, reasons, pairing, key } = view;
  const proof = key.proved ? 'the business key, which the ids are made of' : 'as told; the ids do not prove it';
  return [
    `${screen.paint('bold', `run ${clip(view.run, 60)}`)} against ${clip(view.against, 60)}`,
    ...labelled('key', [`${forTerminal(key.pointer)}: ${proof}`], LABEL),
    ...labelled('decisions', [pairingLine(view)], LABEL),
    ...labelled(
      'outcomes',
      [
        `${count(outcomes.flips)} of ${count(outcomes.compared)} differ, ${percent(outcomes.rate)} (bounds at ${percent(outcomes.level, 0)}: ${percent(outcomes.bounds[0])} to ${percent(outcomes.bounds[1])})`,
        ...outcomes.directions.map(
          ({ from, to, count: there, back, p }) =>
            `${clip(from, 30)} → ${clip(to, 30)} ${count(there)}, back ${count(back)}, McNemar p ${p.toExponential(1)}`,
        ),
      ],
      LABEL,
    ),
    ...labelled(
      'reasons',
      [
        `${count(reasons.sameOutcomeOtherReasons)} with the same outcome and other reasons (numbers, names, negations, reasons dropped or added)`,
        reasons.cohort === null
          ? 'no evidence of their own: too few cases ran twice in the run held against, so its own variation is not known'
          : reasons.cohort.tests.map(({ statistic, p }) => `${statistic} p ${p.toFixed(4)}`).join(' · '),
      ],
      LABEL,
    ),
    ...(pairing.repeatedA + pairing.repeatedB === 0
      ? []
      : labelled(
          'repeats',
          [
            `${pairing.repeatedA} and ${pairing.repeatedB} decisions share their case with another of their run; the newest stands`,
          ],
          LABEL,
        )),
    ...largest(view),
    '',
    ...wrap(forTerminal(view.why), screen.width),
    `${screen.paint(STYLES[view.verdict], END[view.verdict])}   signed as ${view.entry.id}${view.entry.index === null ? '' : `, leaf ${count(view.entry.index)}`}`,
  ];
}

function pairingLine({ decisions, pairing, outcomes, unreadable }: ComparisonView): string {
  const gone = unreadable === 0 ? '' : `; ${count(unreadable)} withheld, erased or without the key`;
  return `${count(decisions.run)} and ${count(decisions.against)}; ${count(outcomes.compared)} cases in both, ${count(pairing.onlyA)} and ${count(pairing.onlyB)} in one alone${gone}`;
}

function largest({ reasons }: ComparisonView): string[] {
  if (reasons.largest.length === 0) return [];
  const rows = reasons.largest
    .slice(0, LISTED)
    .map(({ decision, against, flip, driftIndex, channels }) => [
      decision,
      against,
      flip ? 'flip' : '',
      driftIndex.toFixed(2),
      channels.join(', '),
    ]);
  const titles = ['DECISION', 'AGAINST', 'OUTCOME', 'SIZE', 'WHERE'];
  return [
    '',
    ...table(
      titles.map((title) => ({ title })),
      rows,
    ),
  ];
}
