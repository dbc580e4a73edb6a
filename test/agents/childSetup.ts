import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LanePolicy, ReplayItem, ReplayResult } from '@tenet-ledger/ghost/replay';
import type { Row } from '../../workers/agent/childProtocol.js';
import type { ChildOptions } from '../../workers/agent/forkAgentChild.js';
import { ReplayChild } from '../../workers/agent/replayChild.js';
import { item, POLICY } from '../ghost/replaySetup.js';

const root = resolve(import.meta.dirname, '../..');
/** The child runs as the build made it: `npm test` builds first. */
export const childFile = resolve(root, 'dist/workers/agentChild.js');
if (!existsSync(childFile)) throw new Error(`${childFile} is missing: run npm run build`);

export const fixture = (name: string): string => resolve(root, 'test/agents/fixtures', name);

export const newChild = (more: Partial<ChildOptions> = {}): ReplayChild =>
  new ReplayChild({
    file: fixture('zoo.mjs'),
    model: null,
    liveReads: [],
    env: { OPENAI_API_KEY: 'none-in-replay' },
    memoryMb: 96,
    output: 'nowhere',
    childFile,
    ...more,
  });

export const line = (act: string, more: object = {}, of: Partial<ReplayItem> = {}): string =>
  JSON.stringify({ ...item([], { decision: `dec_${act}`, input: { act, ...more }, ...of }), ord: 1 });

export async function runLines(
  child: ReplayChild,
  lines: readonly string[],
  policy: Partial<LanePolicy> = {},
): Promise<readonly ReplayResult[]> {
  const rows = await child.run({ lines, policy: { ...POLICY, ...policy }, takeCall: null });
  return rows.map(resultOf);
}

export const resultOf = (row: Row): ReplayResult => JSON.parse(row.line) as ReplayResult;
