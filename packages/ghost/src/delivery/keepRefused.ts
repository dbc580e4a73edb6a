import type { GhostProblem } from '../config.js';
import { errorText } from '../errorText.js';
import type { Batch, Folder, SegmentFrame } from '../spool/index.js';
import type { Settled } from './door.js';

export interface Refusal {
  /** undefined: no disk takes anything. */
  readonly folder: Folder | undefined;
  readonly batch: Batch;
  readonly frame: SegmentFrame;
  readonly result: Settled;
  readonly now: () => number;
  readonly problem: (problem: GhostProblem) => void;
}

/** A record the server will not take is put into quarantine and reported; the next goes on. false: it was taken. */
export function keepRefused({ folder, batch, frame, result, now, problem }: Refusal): boolean {
  const { id, status, field } = result;
  if (status === 'accepted' || status === 'duplicate') return false;
  const code = result.code ?? `record.${status}`;
  const message = result.message ?? `the server answered ${status}`;
  const { header, headerBytes } = batch;
  const sealed = header.seal === null ? {} : { sealed: { index: frame.index, header: headerBytes } };
  try {
    folder?.quarantine({ at: new Date(now()).toISOString(), code, message, id, frame: frame.bytes, ...sealed });
  } catch (error) {
    problem({ code: 'spool.write', message: `the quarantine takes nothing: ${errorText(error)}`, id });
  }
  problem({ code, message, ...(id !== '' && { id }), ...(field !== undefined && { field }) });
  return true;
}
