import { canonicalize, sha256, toHex, utf8 } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';

/**
 * One ruling of the review: these fields stay here, on this ground. The original is untouched: the field's digest stays in the
 * signed statement, only its value is left out of the package.
 */
export interface Redaction {
  /** A field, or a layer with all that is below it: /context/inputs, /reasoning. */
  readonly path: string;
  readonly ground: RedactionGround;
  /** What the ground rests on, in the reviewer's words. */
  readonly reason: string;
  /** One entry; null for all that are in scope. */
  readonly entry: string | null;
}

export const GROUNDS = ['privilege', 'trade-secret', 'third-party', 'not-responsive', 'security', 'other'] as const;
export type RedactionGround = (typeof GROUNDS)[number];

export interface Withheld extends Redaction {
  readonly field: string;
}

/** A path withholds its field and everything below it. */
export const covers = (path: string, field: string): boolean => field === path || field.startsWith(`${path}/`);

/** Per field of an entry the ruling that keeps it here; the first that fits. */
export function withheldOf(redactions: readonly Redaction[], entry: string, fields: readonly string[]): Withheld[] {
  return fields.flatMap((field) => {
    const ruling = redactions.find((one) => (one.entry === null || one.entry === entry) && covers(one.path, field));
    return ruling === undefined ? [] : [{ ...ruling, field }];
  });
}

/** Every ruling must hit something: one that does not was meant for a field that would go out. */
export function assertHits(
  redactions: readonly Redaction[],
  entries: readonly { readonly id: string; readonly fields: readonly string[] }[],
): void {
  for (const ruling of redactions) {
    const isHit = entries.some(
      ({ id, fields }) =>
        (ruling.entry === null || ruling.entry === id) && fields.some((field) => covers(ruling.path, field)),
    );
    if (isHit) continue;
    throw new AppError('input.invalid', `no collected entry has a field ${ruling.path}`, {
      field: '--withhold',
      got: ruling.path,
      expected: [...new Set(entries.flatMap(({ fields }) => fields))].sort().slice(0, 16).join(' '),
      fix: 'name a field or a layer that is there',
    });
  }
}

/** What two people approve: this case, this collection, these rulings. Another of any of them is another digest. */
export function reviewDigest(of: {
  readonly inquiry: string;
  readonly version: number;
  readonly scope: string;
  readonly collection: string;
  readonly redactions: readonly Redaction[];
}): string {
  return toHex(sha256(utf8(canonicalize({ v: 1, ...of }))));
}
