import type { SegmentFrame } from '../spool/index.js';
import type { Parcel, Settled } from './door.js';
import { recordIdOf } from './recordId.js';

/**
 * Which answer is about which record. Answers come one per record, in order. A readable record is known by its id, wherever its answer
 * stands, and one id can be in a parcel twice; an answer without an id is about the record in its place. Of a sealed record
 * only the place is known here.
 */
export function pairResults(
  { sealedBy, frames }: Parcel,
  results: readonly (Settled | null)[],
): ReadonlyMap<SegmentFrame, Settled> {
  const pairs = new Map<SegmentFrame, Settled>();
  const aligned = results.length === frames.length;
  if (sealedBy !== null) {
    if (aligned) frames.forEach((frame, i) => results[i] && pairs.set(frame, results[i]));
    return pairs;
  }
  const byId = new Map<string, Settled[]>();
  for (const result of results) {
    if (result === null) continue;
    const same = byId.get(result.id);
    if (same === undefined) byId.set(result.id, [result]);
    else same.push(result);
  }
  frames.forEach((frame, i) => {
    const id = recordIdOf(frame.bytes);
    const placed = aligned ? results[i] : null;
    const result = placed?.id === '' ? { ...placed, id } : byId.get(id)?.shift();
    if (result) pairs.set(frame, result);
  });
  return pairs;
}
