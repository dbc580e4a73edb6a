import type { Json } from '@tenet-ledger/record';
import { AppError } from '../../src/errors/index.js';
import type { CustodyEvent, InquiryCase, StepEffect, StepRow } from '../../src/inquiry/index.js';
import type { NewEntry } from '../../src/ledger/index.js';
import type { ActivityDeps } from '../deps.js';

/** One step under way. */
export interface StepContext {
  readonly deps: ActivityDeps;
  readonly before: InquiryCase;
  readonly step: StepRow;
  /** When it was asked for: what a step writes bears this time, however often it is tried. */
  readonly at: string;
  /** Of its ledger entry. */
  readonly entry: string;
  readonly runs: readonly string[];
}

/** What a step comes to; the entry, the custody event and the case follow from it. */
export interface StepWork extends StepEffect {
  readonly type: string;
  readonly fields: Readonly<Record<string, Json>>;
  readonly links?: readonly { readonly rel: string; readonly id: string }[];
  /** Further entries of the same step: a hold, results. */
  readonly entries?: readonly NewEntry[];
  /** What changed hands; absent where nothing did. */
  readonly custody?: Pick<CustodyEvent, 'action' | 'item' | 'from' | 'to' | 'purpose'>;
  readonly result: Json;
}

export const OPERATOR = 'operator';

export async function caseOf({ stores }: ActivityDeps, id: string): Promise<InquiryCase> {
  const found = await stores.inquiries.get(id);
  if (found === null) throw new AppError('not_found', `there is no inquiry ${id}`, { field: 'INQUIRY' });
  return found;
}

export async function stepOf({ stores }: ActivityDeps, id: string): Promise<StepRow> {
  const found = await stores.inquiries.step(id);
  if (found === null) throw new AppError('not_found', `there is no step ${id}`, { field: 'step' });
  return found;
}

export const act = ({ step, at, entry }: StepContext) => ({ by: step.by, at, entry });
