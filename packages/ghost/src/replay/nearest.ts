import type { Json, TapeEntry } from '@tenet-ledger/record';

const MAX_COMPARED = 200;
const MAX_DIFFERENCES = 3;
const MAX_SHOWN = 60;
const MAX_TEXT = 400;

export interface AskedCall {
  readonly kind: TapeEntry['kind'];
  readonly name: string;
  readonly key: string;
  readonly args: Json;
}

/** The recorded call that comes closest to one that is not on the tape, and what differs: for the person who reads the refusal. */
export function nearestCall(entries: readonly TapeEntry[], asked: AskedCall): string | undefined {
  const sameTool = entries
    .filter((entry) => entry.kind === asked.kind && entry.name === asked.name)
    .slice(0, MAX_COMPARED);
  if (sameTool.length === 0) {
    const names = [
      ...new Set(entries.filter((entry) => entry.kind === 'tool' || entry.kind === 'model').map((entry) => entry.name)),
    ];
    return names.length === 0
      ? undefined
      : clip(`nothing of that name was recorded; recorded: ${names.join(', ')}`, MAX_TEXT);
  }
  let best = { entry: sameTool[0]!, differences: differences(sameTool[0]!.args, asked.args) };
  for (const entry of sameTool.slice(1)) {
    const found = differences(entry.args, asked.args);
    if (found.count < best.differences.count) best = { entry, differences: found };
  }
  const { entry, differences: found } = best;
  const what = found.shown.length > 0 ? found.shown.join('; ') : 'the arguments are equal, the key is not';
  return clip(`call ${entry.n} with key ${clip(entry.key, MAX_SHOWN)}: ${what}`, MAX_TEXT);
}

interface Differences {
  count: number;
  readonly shown: string[];
}

function differences(recorded: Json, asked: Json): Differences {
  const found: Differences = { count: 0, shown: [] };
  compare(recorded, asked, '', found);
  return found;
}

function compare(recorded: Json | undefined, asked: Json | undefined, path: string, found: Differences): void {
  if (recorded === asked || found.count > 500) return;
  if (isNode(recorded) && isNode(asked) && Array.isArray(recorded) === Array.isArray(asked)) {
    const left = recorded as { readonly [key: string]: Json };
    const right = asked as { readonly [key: string]: Json };
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)]))
      compare(left[key], right[key], `${path}/${key}`, found);
    return;
  }
  found.count += Math.max(leaves(recorded), leaves(asked));
  if (found.shown.length < MAX_DIFFERENCES)
    found.shown.push(`${path === '' ? 'value' : path} was ${show(recorded)}, now ${show(asked)}`);
}

function leaves(value: Json | undefined, depth = 0): number {
  if (!isNode(value) || depth >= 8) return 1;
  let sum = 1;
  for (const member of Object.values<Json>(value as { readonly [key: string]: Json })) sum += leaves(member, depth + 1);
  return sum;
}

const isNode = (value: Json | undefined): value is object & Json => typeof value === 'object' && value !== null;

const show = (value: Json | undefined): string =>
  value === undefined ? 'absent' : clip(JSON.stringify(value), MAX_SHOWN);

const clip = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);
