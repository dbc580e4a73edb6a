import {
  canonicalize,
  inclusionProof,
  leafHash,
  memoryReader,
  rootOf,
  toBase64,
  utf8,
  type EvidenceBundle,
} from '@tenet-ledger/record';
import { TestLog, type Written } from './support.js';

/** A decision, its run, a verdict with three result rows, and an erasure of one input. */
export function full() {
  const log = new TestLog();
  const keys = [log.key('add', log.producer, 'producer'), log.key('add', log.platform, 'platform')];
  const main = log.decision('dec_1', log.producer, { after: { size: 2, root: toBase64(log.rootAt(2)) } });
  const run = log.append(
    {
      id: 'run_1',
      kind: 'run',
      type: 'run.manifest',
      agent: 'platform',
      fields: [{ path: '/run/cohort', value: 'coh_1' }],
    },
    log.platform,
  );
  const rows = ['dec_0', 'dec_1', 'dec_2'].map((decision) =>
    canonicalize({ v: 1, decision, outcome: 'approve', salt: 'x' }),
  );
  const rowHashes = rows.map((row) => leafHash(utf8(row)));
  const verdict = log.append(
    {
      id: 'gate_1',
      kind: 'verdict',
      type: 'gate',
      agent: 'platform',
      links: [{ rel: 'manifest', id: 'run_1' }],
      fields: [
        { path: '/resultsRoot', value: toBase64(rootOf(rowHashes)) },
        { path: '/resultsSize', value: rows.length },
        { path: '/status', value: 'fail' },
      ],
    },
    log.platform,
  );
  const erasure = log.append(
    {
      id: 'era_1',
      kind: 'erasure',
      type: 'erasure',
      agent: 'platform',
      links: [{ rel: 'erases', id: 'dec_1' }],
      fields: [
        { path: '/erasure/paths', value: ['/context/inputs'] },
        { path: '/erasure/basis', value: 'Art. 17 (1) b' },
      ],
    },
    log.platform,
  );
  log.decision('dec_9');
  const row = (index: number) => ({
    verdict: 'gate_1',
    index,
    row: rows[index]!,
    proof: inclusionProof(index, rows.length, memoryReader(rowHashes)).map(toBase64),
  });
  const bundle = (note = log.note()): EvidenceBundle => {
    const entry = (written: Written) => log.entry(written, note);
    const shown = main.disclosures.filter((_, i) => i !== 3 && i !== 0);
    return {
      v: 1,
      entry: { ...entry(main), disclosures: shown },
      keys: keys.map(entry),
      related: [entry(run), entry(verdict)],
      erasures: [entry(erasure)],
      rows: [row(1)],
      consistency: [log.consistency(2)],
    };
  };
  return { log, keys, main, run, verdict, erasure, row, bundle };
}
