import { canonicalize, sha256, toHex, utf8, type Json } from '@tenet-ledger/record';
import { compareText } from './order.js';
import { tapeOf } from './modelUse.js';

/** Digests over what recorded decisions name of how they were made; the order of the decisions does not matter. */
export interface RecordedBasis {
  readonly prompts: string;
  readonly tools: string;
}

/** Collects the prompt versions and the tools (name and effect) of the decisions it is shown. */
export function createBasisReader(): { see(fields: ReadonlyMap<string, Json>): void; basis(): RecordedBasis } {
  const prompts = new Set<string>();
  const tools = new Set<string>();
  return {
    see(fields) {
      const prompt = fields.get('/provenance/promptVersion');
      if (typeof prompt === 'string') prompts.add(prompt);
      for (const entry of tapeOf(fields)) {
        const { kind, name, effect } = entry as { kind?: Json; name?: Json; effect?: Json };
        if (kind === 'tool') tools.add(canonicalize([name ?? null, effect ?? null]));
      }
    },
    basis: () => ({ prompts: digestOf(prompts), tools: digestOf(tools) }),
  };
}

const digestOf = (names: ReadonlySet<string>): string =>
  toHex(sha256(utf8(canonicalize([...names].sort(compareText)))));
