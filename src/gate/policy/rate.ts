import { z } from 'zod';

export interface RateRange {
  readonly min: number;
  readonly max: number;
  /** The range leaves out `min`. */
  readonly aboveMin?: boolean;
}

/** A share, written "5 %", "5%" or 0.05. Read as a number 0..1. */
export function rate(range: RateRange): z.ZodType<number, unknown> {
  return z.unknown().transform((value, ctx) => {
    const share = readShare(value);
    const low = range.aboveMin === true ? `above ${percentText(range.min)}` : `from ${percentText(range.min)}`;
    const expected = `a share ${low} to ${percentText(range.max)}, such as 5 % or 0.05`;
    if (share === null) {
      ctx.addIssue({ code: 'custom', message: 'not a share', params: { expected } });
      return z.NEVER;
    }
    const inside = share <= range.max && (range.aboveMin === true ? share > range.min : share >= range.min);
    if (inside) return share;
    const meant = typeof value === 'number' && value > 1 && value / 100 <= range.max;
    ctx.addIssue({
      code: 'custom',
      message: `${percentText(share)} is out of range`,
      params: { expected, ...(meant ? { fix: `write ${value} % if you mean ${value} per cent` } : {}) },
    });
    return z.NEVER;
  });
}

function readShare(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const match = /^(\d{1,9}(?:\.\d{1,12})?) ?%$/.exec(value.trim());
  return match ? shift(match[1] ?? '', -2) : null;
}

/** Decimal shift in text, so that "7 %" is 0.07 and not 0.07000000000000001. */
const shift = (digits: string, by: number): number => Number(`${digits}e${by}`);

const percentText = (share: number): string => `${Number(`${share}e2`)} %`;
