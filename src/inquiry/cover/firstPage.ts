import { counted, firstWords, grouped, type Block, type CoverPage } from './document.js';
import type { CoverFacts } from './facts.js';

/** For a lawyer: what was asked, found, not shown, who vouches. At most 300 words, whatever the case holds. */
export function firstPage(facts: CoverFacts): CoverPage {
  const { inquiry, version, intake } = facts;
  return {
    heading: `Production ${version} in inquiry ${inquiry}`,
    blocks: [
      {
        kind: 'text',
        text: `To ${firstWords(intake.authority, 8)}${intake.reference === null ? '' : `, reference ${firstWords(intake.reference, 5)}`}. From the operator of log ${facts.log}.`,
      },
      heading('What was asked'),
      { kind: 'text', text: asked(facts) },
      heading('What was found'),
      { kind: 'text', text: found(facts) },
      heading('What is not shown'),
      { kind: 'list', items: notShown(facts) },
      heading('Who vouches'),
      { kind: 'text', text: vouches(facts) },
      heading('Three answers from our own run, none following from another'),
      {
        kind: 'pairs',
        rows: [
          ['Integrity', `${facts.answers.integrity.verdict}: nothing changed since it was signed`],
          ['Authenticity', `${facts.answers.authenticity.verdict}: by keys under the log’s root key`],
          ['Independence', independence(facts)],
        ],
      },
      heading('Check it without us'),
      {
        kind: 'text',
        text: 'Open verifier.html, choose this folder, and give it the policy file. Get that file and its SHA-256 fingerprint from the operator by a channel you already use, or as filed with you earlier; never from this package.',
      },
    ],
  };
}

const heading = (text: string): Block => ({ kind: 'heading', text });

function asked({ intake, scope, clock }: CoverFacts): string {
  const [first] = intake.questions;
  const more = intake.questions.length > 1 ? ` (and ${intake.questions.length - 1} more, page 2)` : '';
  const question = first === undefined ? '' : `“${firstWords(first, 30)}”${more}. `;
  const due = clock.dueOn === null ? '' : ` Due ${clock.dueOn}${clock.late ? '; packaged after that day' : ''}.`;
  return `${question}Read as: ${firstWords(scope.sentence, 28)}. Received ${intake.receivedOn}.${due}`;
}

function found({ counts, tree, runs, answers }: CoverFacts): string {
  const replays = runs
    .filter(({ rows }) => rows > 0)
    .slice(0, 2)
    .map(
      ({ label, same, rows }) => `Run again (${label}): ${grouped(same)} of ${grouped(rows)} came to the same outcome.`,
    );
  const complete =
    answers.completeness.verdict === 'ALL IN THE LOG'
      ? `Each of the log’s ${grouped(tree.leaves)} entries was looked at.`
      : `Completeness: ${answers.completeness.verdict.toLowerCase()}.`;
  return [
    `The log contains ${counted(counts.decisions, 'decision', 'decisions')} that fit. ${complete}`,
    `${counted(counts.withheld, 'field is', 'fields are')} withheld with grounds, ${counted(counts.erased, 'decision was', 'decisions were')} erased before.`,
    ...replays,
  ].join(' ');
}

const SHOWN = 3;

function notShown({ notShown: all }: CoverFacts): string[] {
  const first = all.slice(0, SHOWN).map((sentence) => firstWords(sentence, 20));
  return all.length > SHOWN ? [...first, `${all.length - SHOWN} more on page 2.`] : first;
}

function vouches({ approvals, custody }: CoverFacts): string {
  const names = approvals.map(({ name, by }) => firstWords(name ?? by, 4));
  const who = names.length === 0 ? 'nobody yet' : names.join(' and ');
  return `Approved for release by ${who}, each by a login of their own and a signed entry. ${counted(custody.length, 'custody event', 'custody events')}, chained.`;
}

function independence({ answers }: CoverFacts): string {
  const { verdict } = answers.independence;
  return verdict === 'SELF-ATTESTED'
    ? 'SELF-ATTESTED: the operator alone signed the log’s head'
    : `${verdict}: ${firstWords(answers.independence.detail, 12)}`;
}
