import { PROBES } from '../src/nightly/index.js';
import type { ActivityDeps } from './deps.js';
import { loadScan } from './judgeScan.js';

/** Answers of one probe, so that a model that varies shows it. */
const ASKED = 3;

/** Asks the live model the fixed probes and keeps what it said: the first answers of a night stay. */
export async function observeCanary(deps: ActivityDeps, id: string): Promise<void> {
  const { askModel, model, stores } = deps;
  const scan = await loadScan(deps, id);
  if (askModel === null || scan.canary !== null) return;
  const served = new Set<string>();
  const probes: { probe: string; answers: string[] }[] = [];
  for (const { id: probe, prompt } of PROBES) {
    const answers: string[] = [];
    for (let asked = 0; asked < ASKED; asked += 1) {
      const answer = await askModel(prompt);
      answers.push(answer.text);
      served.add(answer.served);
    }
    probes.push({ probe, answers });
  }
  await stores.scans.update(id, {
    canary: { v: 1, liveModel: model ?? 'not named', served: [...served].sort(), probes },
  });
}
