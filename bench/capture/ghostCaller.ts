import { ghost, type GhostConfig } from '@tenet-ledger/ghost';
import { bureau, decide, fraud, terms, type Application, type Decision } from './workload.js';

/** The workload under the SDK, as an application would write it. */
export function ghostCaller(
  config: Partial<GhostConfig> & Pick<GhostConfig, 'endpoint' | 'keyFile'>,
): (application: Application) => Decision {
  ghost.configure({
    apiKey: 'tnt_bench',
    tenant: 'bench',
    log: 'bench.local/bench',
    onProblem: ({ code, message }) => process.stderr.write(process.env['BENCH_DEBUG'] ? `${code}: ${message}\n` : ''),
    ...config,
  });
  const calls = {
    bureau: ghost.tool('bureau.lookup', { effect: 'read', key: (id) => id }, bureau),
    fraud: ghost.tool('fraud.score', { effect: 'read' }, fraud),
    terms: ghost.tool('terms.price', { effect: 'pure' }, terms),
  };
  return ghost.agent(
    {
      name: 'underwriter',
      version: '4.2.0',
      type: 'loan.approve',
      outcome: (r) => r.status,
      reasons: (r) => r.reasons,
    },
    (application: Application) => decide(application, calls),
  );
}
