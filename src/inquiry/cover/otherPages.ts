import { counted, grouped, type Block, type CoverPage } from './document.js';
import type { CoverFacts } from './facts.js';

export const otherPages = (facts: CoverFacts): CoverPage[] => [
  findings(facts),
  custody(facts),
  glossary(),
  certification(facts),
];

const heading = (text: string): Block => ({ kind: 'heading', text });
const text = (value: string): Block => ({ kind: 'text', text: value });
const day = (at: string): string => at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');

function findings(facts: CoverFacts): CoverPage {
  const { intake, scope, counts, tree, answers, notShown, producers, runs, rulings, lineage } = facts;
  return {
    heading: 'Findings in full',
    blocks: [
      heading('Questions as received'),
      intake.questions.length === 0 ? text('None were noted.') : { kind: 'list', items: intake.questions },
      heading('Population'),
      {
        kind: 'pairs',
        rows: [
          ['Query', scope.sentence],
          ['SHA-256 of the query', scope.digest],
          ['Log', `${tree.origin}, ${counted(tree.size, 'entry', 'entries')}`],
          ['Decisions in the log', grouped(tree.decisions)],
          ['Decisions that fit', grouped(counts.decisions)],
          ['Linked entries', `${grouped(counts.linked)} (overrides, corrections, effects)`],
          ['Erased before', grouped(counts.erased)],
          ['Accepted, not in the log yet', grouped(counts.queued)],
          [
            'Entries by kind',
            Object.entries(tree.kinds)
              .map(([kind, n]) => `${kind} ${grouped(n)}`)
              .join(', '),
          ],
        ],
      },
      heading('Answers, as found in the operator’s own run'),
      {
        kind: 'pairs',
        rows: Object.entries(answers).map(
          ([name, { verdict, detail }]) => [capital(name), `${verdict}: ${detail}`] as const,
        ),
      },
      heading('What is not shown'),
      { kind: 'list', items: notShown },
      ...table(
        'Producers',
        ['Producer', 'Chain', 'Why'],
        [30, 14, 56],
        producers.map((one) => [
          one.producer,
          one.verdict.toUpperCase(),
          one.reasons.join('; ') || 'closed, no gap, nothing dropped',
        ]),
        'No producer wrote decisions of this kind.',
      ),
      ...table(
        'Re-runs',
        ['Version', 'Label', 'Same', 'Other', 'No result', 'Note'],
        [24, 20, 9, 9, 12, 26],
        runs.map((run) => [
          run.agent,
          run.label,
          grouped(run.same),
          grouped(run.other),
          grouped(run.unusable),
          run.note ?? run.status,
        ]),
        'None were asked for.',
      ),
      text(
        'A re-run was made for this inquiry; it is no record of what happened. “Served from tape”: today’s run of the code, with the answers of models and tools as they were recorded. “Original model”: live calls to the model that the decisions name. “Today’s model”: live calls to another.',
      ),
      ...table(
        'Withheld',
        ['Field', 'Ground', 'Reason', 'Fields'],
        [28, 18, 42, 12],
        rulings.map((one) => [one.path, one.ground, one.reason, grouped(one.fields)]),
        'Nothing was withheld.',
      ),
      text(
        'A withheld field keeps its digest in the signed statement: that it is there, and that it was not changed, can be seen; its value cannot. withheld.csv lists each.',
      ),
      heading('Data lineage'),
      text(
        `The orchestrator’s run, asset, partition and upstream are recorded for ${counted(lineage.recorded, 'decision', 'decisions')} (lineage.json), withheld for ${grouped(lineage.withheld)}, erased for ${grouped(lineage.erased)}, not captured for ${grouped(lineage.notRecorded)}.`,
      ),
    ],
  };
}

function custody({ custody: events, holds, approvals, supplements, clock, packagedAt }: CoverFacts): CoverPage {
  return {
    heading: 'Custody, holds and approvals',
    blocks: [
      {
        kind: 'pairs',
        rows: [
          ['Rule', clock.rule],
          [
            'Last day',
            clock.dueOn === null
              ? 'the rule names none'
              : `${clock.dueOn}${clock.extended ? ', extended' : ''}${clock.late ? '; packaged after it' : ''}`,
          ],
          ['Packaged', day(packagedAt)],
          [
            'Supplements',
            supplements === null ? 'none: the first production' : `the production with manifest ${supplements}`,
          ],
        ],
      },
      ...table(
        'Approvals',
        ['Person', 'Identity', 'Role', 'When'],
        [24, 40, 12, 24],
        approvals.map((one) => [one.name ?? 'no name given', one.by, one.role, day(one.at)]),
        'None.',
      ),
      ...table(
        'Legal holds',
        ['Hold', 'Placed by', 'When', 'Entries', 'Erased before', 'Released'],
        [20, 26, 20, 10, 12, 12],
        holds.map((one) => [
          one.hold,
          one.by,
          day(one.at),
          grouped(one.entries),
          grouped(one.erased),
          one.released === null ? 'in force' : day(one.released),
        ]),
        'None was placed.',
      ),
      ...table(
        'Chain of custody',
        ['No.', 'What', 'From', 'To', 'By', 'When'],
        [6, 22, 14, 16, 26, 16],
        events.map((one) => [
          String(one.n),
          `${one.action}: ${one.item.slice(0, 16)}…`,
          one.from,
          one.to,
          one.actor,
          day(one.at),
        ]),
        'Nothing changed hands.',
      ),
      text('Each event names the one before it by SHA-256 and stands in a signed entry of the log: custody.json.'),
    ],
  };
}

const GLOSSARY: readonly (readonly [string, string])[] = [
  ['Checkpoint', 'The signed head of the log: how many entries it has, and one hash over all of them.'],
  ['Custody', 'Who held what, who gave it to whom, and when.'],
  ['Decision record', 'One decision of an agent as its process recorded and signed it.'],
  ['Digest', 'SHA-256 of a value with a random salt: names the value without telling it.'],
  ['Evidence bundle', 'One entry with what is needed to check it: proof, keys, disclosed fields.'],
  ['Leaf', 'One entry in the log, exactly as it was signed.'],
  ['Log', 'An append-only list of signed entries. A change to an old entry changes every later checkpoint.'],
  ['Operator', 'Who runs the agents and the log, and made this package.'],
  ['Policy', 'A short text with the keys a reader trusts. It must not come from the package.'],
  ['Producer', 'A process that recorded decisions. It numbers its entries: a missing number is seen.'],
  ['Range proof', 'Shows that a list of leaves is every leaf of a stretch of the log.'],
  ['Re-run', 'The recorded decision run again, now. Its label says what answered.'],
  ['Tape', 'What models and tools answered when the decision was made.'],
  ['Witness', 'Another party that signed a checkpoint: the operator cannot show you another log unseen.'],
];

function glossary(): CoverPage {
  return { heading: 'Words', blocks: [{ kind: 'pairs', rows: GLOSSARY }] };
}

/** For counsel to complete, or to leave out. */
function certification({ inquiry, version, log }: CoverFacts): CoverPage {
  return {
    heading: 'Template: certification under FRE 902(13) and 902(14)',
    blocks: [
      text(
        'A template for counsel. It is not signed and says nothing until a qualified person completes it. Whether the rules apply is counsel’s to decide.',
      ),
      { kind: 'blank', label: 'I, (name and title),' },
      text(
        `declare under 28 U.S.C. § 1746: I am qualified by (training, position) to speak of the electronic process by which log ${log} is kept and from which production ${version} in inquiry ${inquiry} was made.`,
      ),
      heading('902(13): record generated by an electronic process or system'),
      text(
        'The entries were generated by an electronic process that produces an accurate result: each entry is signed when it is made by the key of the process that made it, is given its place in an append-only log, and is read back and compared before a checkpoint over it is signed. I base this on: (tests, audits, dates).',
      ),
      heading('902(14): data copied from an electronic device, storage medium or file'),
      text(
        'The files were copied from that log and are identified by a process of digital identification: manifest.json lists the SHA-256 of each file, and the SHA-256 of manifest.json stands in a signed entry of the log. On (date) I compared the hashes and they agreed.',
      ),
      { kind: 'blank', label: 'Exceptions, if any:' },
      text('I declare under penalty of perjury that the foregoing is true and correct.'),
      { kind: 'blank', label: 'Place and date:' },
      { kind: 'blank', label: 'Signature:' },
    ],
  };
}

function table(
  title: string,
  head: readonly string[],
  widths: readonly number[],
  rows: readonly (readonly string[])[],
  none: string,
): Block[] {
  return rows.length === 0 ? [heading(title), text(none)] : [heading(title), { kind: 'table', head, widths, rows }];
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
