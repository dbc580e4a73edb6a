import { readFileSync } from 'node:fs';
import { ghost, type GhostConfig } from '@tenet-ledger/ghost';
import { withDagsterPipes } from '@tenet-ledger/ghost/dagster';
import { decide } from '../../underwriting/underwriter-1.0.0.js';
import type { Application } from '../../underwriting/underwriter.js';

const FLUSH_MS = 10_000;

/** The process behind the asset `typescript_decisions`: decides the day's applications, which Dagster hands it. */
await withDagsterPipes(async (pipes) => {
  const identity = process.env['TENET_IDENTITY'];
  if (identity !== undefined) {
    ghost.configure({
      ...(JSON.parse(readFileSync(identity, 'utf8')) as GhostConfig),
      onProblem: ({ code, message }) => pipes.log('warning', `${code}: ${message}`),
    });
  }
  const applications = pipes.context.extras['applications'] as readonly Application[];
  const outcomes: Record<string, number> = {};
  for (const application of applications) {
    const { status } = await decide(application);
    outcomes[status] = (outcomes[status] ?? 0) + 1;
  }
  // This process has no other purpose, so it may wait a little; what is not acknowledged then is on disk.
  await ghost.flush({ timeout: FLUSH_MS });
  pipes.reportAssetMaterialization({
    metadata: {
      ...pipes.decisionMetadata(),
      rows: applications.length,
      outcomes: { type: 'json', rawValue: outcomes },
    },
  });
});
