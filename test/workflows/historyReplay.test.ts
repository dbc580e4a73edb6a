import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { BUNDLE_PATH, expectedStamp, STAMP_PATH } from '../../dist/workers/bundle.js';

/** Histories that earlier builds wrote: today's workflow code must take the same path through them. */
const folder = join(import.meta.dirname, '../histories');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

interface Saved {
  readonly workflowId: string;
  readonly history: { readonly events: readonly unknown[] };
}

const load = (name: string): Saved => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Saved;

async function replay(saved: readonly Saved[]): Promise<{ workflowId: string; error: string | undefined }[]> {
  const results: { workflowId: string; error: string | undefined }[] = [];
  const histories = saved.map(({ workflowId, history }) => ({ workflowId, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { codePath: BUNDLE_PATH } },
    histories,
  )) {
    results.push({ workflowId, error: error?.message });
  }
  return results;
}

describe('history replay', () => {
  test('the bundle is of this build', () => {
    expect(readFileSync(STAMP_PATH, 'utf8')).toBe(expectedStamp());
  });

  test('every workflow type has a saved history', () => {
    const types = new Set(files.map((name) => name.split('.')[0]));
    expect([...types].sort()).toEqual([
      'alertDeliveryWorkflow',
      'driftCompareWorkflow',
      'driftNightWorkflow',
      'driftScanWorkflow',
      'gateRunWorkflow',
      'inquiryWorkflow',
      'replayOnceWorkflow',
      'replayRunWorkflow',
      'replayShardWorkflow',
    ]);
  });

  test('every saved history replays', async () => {
    const results = await replay(files.map(load));
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results).toHaveLength(files.length);
  }, 60_000);

  test('a history in which an activity went missing does not', async () => {
    const saved = load(files.find((name) => name.startsWith('replayRunWorkflow')) ?? '');
    const text = JSON.stringify(saved).replaceAll('"planRun"', '"planRunOld"');
    const [result] = await replay([JSON.parse(text) as Saved]);
    expect(result?.error).toMatch(/[Nn]ondeterminis/);
  }, 60_000);
});
