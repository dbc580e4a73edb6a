import type { Stack } from '../../runtime/index.js';
import { count } from '../render/numbers.js';
import type { GateView } from '../views/gate.js';
import { range, type StagePrinter } from './stagePrinter.js';

/** Shows that manifests, drift summaries and verdicts are leaves of the same log as the decisions. */
export async function stageSigned(
  { platform, stores }: Stack,
  gates: readonly GateView[],
  printer: StagePrinter,
): Promise<void> {
  const stage = printer.begin('sign');
  const before = (await platform.ledger.status()).size;
  const rows = await Promise.all(gates.map((gate) => stores.gates.get(gate.id)));
  const ids = new Set(
    rows
      .flatMap((row) => [row?.controlRun, row?.candidateRun, row?.driftEntry, row?.verdictEntry])
      .filter((id) => typeof id === 'string'),
  );
  const entries = await platform.ledger.readEntries([...ids]);
  stage.block(
    entries.map(({ entry, idx }) => {
      const leaf = (idx === null ? '–' : count(idx)).padStart(7);
      return `leaf ${leaf}  ${entry.kind.padEnd(8)} ${entry.type.padEnd(14)} ${entry.id}`;
    }),
  );
  const kinds = (kind: string): number => entries.filter(({ entry }) => entry.kind === kind).length;
  stage.expect(
    entries.length === ids.size && entries.every(({ idx }) => idx !== null),
    'an entry of a gate is not in the log',
  );
  stage.expect(kinds('verdict') === gates.length, `${kinds('verdict')} verdicts of ${gates.length} gates`);
  for (const row of rows) {
    const order = new Map(entries.map(({ entry, idx }) => [entry.id, idx ?? -1]));
    const manifest = order.get(row?.candidateRun ?? '') ?? -1;
    stage.expect(
      manifest >= 0 && manifest < (order.get(row?.verdictEntry ?? '') ?? -1),
      'a manifest was not logged before its verdict',
    );
  }
  const { size } = await platform.ledger.status();
  stage.fact(`${range(before, size)}; the gates wrote these while they ran · log of ${count(size)}`);
  stage.end(
    `${kinds('run')} run manifests, ${kinds('drift')} drift summaries, ${kinds('verdict')} verdicts are leaves of this log`,
  );
}
