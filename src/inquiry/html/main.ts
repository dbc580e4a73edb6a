import { parsePolicy, portableVerify, sha256, toHex, utf8, type Ed25519Verify } from '@tenet-ledger/record';
import { verifyPackage } from '../package/verifyPackage.js';
import { isIntact, type PackageVerdict } from '../package/verdict.js';
import { element, make, type PageElement } from './dom.js';
import { droppedFiles } from './droppedFiles.js';

element('check').addEventListener('click', (event) => {
  event.preventDefault();
  void run();
});
element('policy').addEventListener('input', () => {
  const text = element('policy').value;
  element('fingerprint').textContent = text.trim() === '' ? '' : `SHA-256 of this policy: ${toHex(sha256(utf8(text)))}`;
});

async function run(): Promise<void> {
  const out = element('result');
  out.replaceChildren(make('p', 'Reading …'));
  try {
    const files = element('folder').files;
    if (files === null || files.length === 0) throw new Error('choose the package’s folder first');
    const policy = parsePolicy(element('policy').value);
    const kept = element('kept').value;
    const everySignature = (element('every') as unknown as { readonly checked: boolean }).checked;
    const verdict = await verifyPackage(droppedFiles(files), {
      policy,
      verify: remembering(portableVerify),
      everySignature,
      ...(kept.trim() === '' ? {} : { kept }),
      onProgress: (done, of) => out.replaceChildren(make('p', `Reading … ${done} of ${of}`)),
    });
    out.replaceChildren(...show(verdict));
  } catch (error) {
    out.replaceChildren(make('p', error instanceof Error ? error.message : String(error), 'bad'));
  }
}

/** Key entries and checkpoints come again in every bundle: each signature is computed once. */
function remembering(verify: Ed25519Verify): Ed25519Verify {
  const known = new Map<string, boolean>();
  return (signature, message, publicKey) => {
    const key = `${toHex(signature)} ${toHex(sha256(message))} ${toHex(publicKey)}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const answer = verify(signature, message, publicKey);
    known.set(key, answer);
    return answer;
  };
}

function show(verdict: PackageVerdict): PageElement[] {
  const { integrity, authenticity, independence, completeness, decisions, problems, notShown, report } = verdict;
  const rows = [
    ['Integrity', integrity],
    ['Authenticity', authenticity],
    ['Independence', independence],
    ['Completeness', completeness],
  ] as const;
  const table = make('table');
  for (const [name, finding] of rows) {
    const row = make('tr');
    row.append(make('th', name), make('td', finding.verdict, 'verdict'), make('td', finding.detail));
    table.append(row);
  }
  const titled = (title: string, items: readonly string[], className = ''): PageElement[] => {
    if (items.length === 0) return [];
    const list = make('ul', '', className);
    for (const item of items) list.append(make('li', item));
    return [make('h2', title), list];
  };
  const signatures =
    report === null
      ? []
      : [
          `${report.signatures.checked} signatures checked${report.signatures.all ? ', every entry of the log' : ', those of keys and of what is in scope'}`,
        ];
  return [
    make(
      'h2',
      `Production ${verdict.version ?? '?'} of ${verdict.inquiry ?? 'an unreadable package'}`,
      isIntact(verdict) ? '' : 'bad',
    ),
    table,
    ...titled('What is wrong', problems, 'bad'),
    ...titled('What is not shown', notShown),
    ...titled('What was read', [
      `${report?.leaves ?? 0} entries of the log, ${report?.decisions ?? 0} of them decisions`,
      ...signatures,
      `${decisions.length} decisions in scope: ${sum(decisions, 'disclosed')} fields disclosed, ${sum(decisions, 'withheld')} withheld, ${sum(decisions, 'erased')} erased`,
      `${verdict.custody} custody events`,
    ]),
    ...titled(
      'Producers',
      report?.producers.map(
        ({ producer, verdict: chain, reasons }) =>
          `${producer}: ${chain.toUpperCase()}${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}`,
      ) ?? [],
    ),
  ];
}

const sum = (all: PackageVerdict['decisions'], what: 'disclosed' | 'withheld' | 'erased'): number =>
  all.reduce((total, one) => total + one[what], 0);
