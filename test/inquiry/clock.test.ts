import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseClock, REGIMES } from '../../src/inquiry/index.js';
import { addMonths, businessDaysBefore, endOfDay, isCivilDate } from '../../src/inquiry/clock/dates.js';

const clock = (over: Partial<Parameters<typeof caseClock>[0]>) =>
  caseClock({
    regime: 'gdpr-12-3',
    receivedOn: '2026-11-24',
    statedOn: null,
    timeZone: 'UTC',
    extended: false,
    openedAt: '2026-11-24T09:00:00.000Z',
    ...over,
  });

describe('a statutory clock', () => {
  test.each([
    ['gdpr-12-3', '2026-11-24', false, '2026-12-24'],
    ['gdpr-12-3', '2026-11-24', true, '2027-02-24'],
    ['gdpr-12-3', '2027-01-31', false, '2027-02-28'],
    ['ai-act-73', '2026-11-24', false, '2026-12-09'],
    ['ai-act-73-widespread', '2026-12-30', false, '2027-01-01'],
    ['hipaa-528', '2026-11-24', true, '2027-02-22'],
    ['reg-b-reasons', '2028-02-01', false, '2028-03-02'],
    ['ll144-notice', '2026-12-15', false, '2026-12-01'],
  ])('%s received on %s (extended: %s) ends on %s', (regime, receivedOn, extended, dueOn) => {
    expect(clock({ regime, receivedOn, extended }).dueOn).toBe(dueOn);
  });

  test('whose date the letter states needs that date; a rule without a time has no reminders and says so', () => {
    expect(() => clock({ regime: 'sec' })).toThrow(/the date is the one the letter states/);
    expect(clock({ regime: 'sec', statedOn: '2026-12-05' }).dueOn).toBe('2026-12-05');
    expect(clock({ regime: 'ai-act-86' })).toMatchObject({ dueOn: null, dueAt: null, reminders: [] });
    expect(clock({ regime: 'ai-act-86' }).notes.join(' ')).toMatch(/names no time and no date was given/);
    expect(() => clock({ regime: 'reg-b-notice', extended: true })).toThrow(/knows no extension/);
  });

  test('ends at midnight where it is counted, also in the night that clocks change', () => {
    expect(endOfDay('2026-12-24', 'Europe/Berlin').toISOString()).toBe('2026-12-24T23:00:00.000Z');
    expect(endOfDay('2027-03-27', 'Europe/Berlin').toISOString()).toBe('2027-03-27T23:00:00.000Z');
    expect(endOfDay('2027-03-28', 'Europe/Berlin').toISOString()).toBe('2027-03-28T22:00:00.000Z');
    expect(endOfDay('2026-10-31', 'America/New_York').toISOString()).toBe('2026-11-01T04:00:00.000Z');
    expect(endOfDay('2026-11-01', 'America/New_York').toISOString()).toBe('2026-11-02T05:00:00.000Z');
  });

  test('reminds in order, never of what lay before the opening, and always of its passing', () => {
    const { reminders } = clock({});
    expect(reminders.map(({ id }) => id)).toEqual(['half', 'd7', 'd2', 'd1', 'passed']);
    expect(clock({ regime: 'ai-act-73-widespread' }).reminders.map(({ id }) => id)).toEqual([
      'd2',
      'half',
      'd1',
      'passed',
    ]);
    const late = clock({ receivedOn: '2026-09-01' });
    expect(late.reminders).toEqual([{ id: 'passed', at: '2026-10-02T00:00:00.000Z' }]);
  });

  test('every regime names its rule, and how well it was read', () => {
    expect(new Set(REGIMES.map(({ id }) => id)).size).toBe(REGIMES.length);
    for (const { rule, source } of REGIMES) expect([rule.length > 3, 'PSK'.includes(source)]).toEqual([true, true]);
  });

  test('a month later is the same day or the last one of the month; business days are Monday to Friday', () => {
    const date = fc
      .date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
      .map((at) => at.toISOString().slice(0, 10));
    fc.assert(
      fc.property(date, fc.integer({ min: 1, max: 24 }), (from, count) => {
        const to = addMonths(from, count);
        const months = (text: string): number => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
        expect(isCivilDate(to)).toBe(true);
        expect(months(to) - months(from)).toBe(count);
        expect(Number(to.slice(8))).toBeLessThanOrEqual(Number(from.slice(8)));
        const day = new Date(`${businessDaysBefore(from, count)}T00:00:00Z`).getUTCDay();
        expect([0, 6]).not.toContain(day);
      }),
      { numRuns: 100 },
    );
  });
});
