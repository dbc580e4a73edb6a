import { msToTs } from '@temporalio/common/lib/time.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkSchedule,
  drawn,
  nightSeed,
  startBefore,
  startFrom,
  startsOn,
  type DriftSchedule,
} from '../../src/nightly/index.js';
import { nightOf } from '../../src/runtime/index.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';

/** Where a night opens and closes, in zones whose clocks are changed. */
const iso = (instants: readonly number[]): string[] => instants.map((instant) => new Date(instant).toISOString());

describe('the scheduled starts of a day', () => {
  test.each([
    ['Europe/Berlin', '02:30', [2027, 3, 27], ['2027-03-27T01:30:00.000Z']],
    ['Europe/Berlin', '02:30', [2027, 3, 28], []],
    ['Europe/Berlin', '02:30', [2027, 10, 31], ['2027-10-31T01:30:00.000Z']],
    ['America/New_York', '01:30', [2027, 11, 7], ['2027-11-07T05:30:00.000Z', '2027-11-07T06:30:00.000Z']],
    ['America/New_York', '02:00', [2027, 3, 14], []],
    ['Asia/Kolkata', '02:00', [2027, 3, 28], ['2027-03-27T20:30:00.000Z']],
    ['Australia/Lord_Howe', '02:10', [2027, 10, 3], []],
    ['UTC', '00:00', [2028, 2, 29], ['2028-02-29T00:00:00.000Z']],
  ] as const)('in %s at %s on %o', (timezone, at, [year, month, day], starts) => {
    expect(iso(startsOn({ at, timezone }, { year, month, day }))).toEqual(starts);
  });

  test('open a window of 25 hours, or of two days, where clocks change', () => {
    const berlin = { at: '02:30', timezone: 'Europe/Berlin' };
    expect(iso([startBefore(berlin, Date.parse('2027-03-29T00:30:00Z'))])).toEqual(['2027-03-27T01:30:00.000Z']);
    expect(iso([startBefore(berlin, Date.parse('2027-10-31T01:30:00Z'))])).toEqual(['2027-10-30T00:30:00.000Z']);
  });

  test('leave no instant out and have none twice, in any zone at any time of day', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Asia/Tehran',
      'Pacific/Apia',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
    ];
    const time = fc.tuple(fc.constantFrom(...zones), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    const instant = fc.date({ min: new Date('2005-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(time, instant, ([timezone, hour, minute], date) => {
        const spec = { timezone, at: `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}` };
        const closes = startFrom(spec, date.getTime());
        const opens = startBefore(spec, closes);
        expect(opens).toBeLessThan(date.getTime() + 1);
        expect(startBefore(spec, opens + 1)).toBe(opens);
        expect(startFrom(spec, opens + 1)).toBe(closes);
        expect(closes - opens).toBeLessThanOrEqual(3 * 86_400_000);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the server of the schedules', () => {
  let temporal: TestTemporal;
  beforeAll(async () => {
    temporal = await startTemporal();
  }, 60_000);
  afterAll(() => temporal?.stop());

  test.each([
    ['Europe/Berlin', '02:30'],
    ['America/New_York', '01:30'],
    ['America/New_York', '02:00'],
    ['Australia/Lord_Howe', '01:40'],
    ['Africa/Casablanca', '02:30'],
  ])('starts the nights of a year in %s at %s when the arithmetic says', async (timezone, at) => {
    const [hour = 0, minute = 0] = at.split(':').map(Number);
    const scheduleId = `${timezone} ${at}`;
    await temporal.client.schedule.create({
      scheduleId,
      spec: { calendars: [{ hour, minute }], timezone },
      action: { type: 'startWorkflow', workflowType: 'none', taskQueue: 'none', args: [] },
    });
    const [from, until] = [Date.parse('2027-01-01T12:00:00Z'), Date.parse('2027-12-31T12:00:00Z')];
    const { startTime } = await temporal.client.workflowService.listScheduleMatchingTimes({
      namespace: 'default',
      scheduleId,
      startTime: msToTs(from),
      endTime: msToTs(until),
    });
    const starts: number[] = [];
    for (let start = startFrom({ at, timezone }, from); start <= until; start = startFrom({ at, timezone }, start + 1))
      starts.push(start);
    expect(iso((startTime ?? []).map(({ seconds }) => Number(seconds) * 1000))).toEqual(iso(starts));
  });
});

const spec: DriftSchedule = {
  v: 1,
  name: 'nights',
  agent: 'underwriter',
  type: 'loan.approve',
  at: '02:30',
  timezone: 'Europe/Berlin',
  size: 200,
  repeats: 3,
  model: 'tape',
  liveReads: false,
  timeoutMs: 5_000,
  alpha: 0.01,
  maxCalls: null,
  maxCost: null,
};

describe('a schedule', () => {
  test.each([
    ['--name', { name: 'Über Nacht' }],
    ['--agent', { agent: 'two words' }],
    ['--type', { type: ' ' }],
    ['--at', { at: '24:00' }],
    ['--timezone', { timezone: 'Europe/Atlantis' }],
    ['--size', { size: 29 }],
    ['--repeats', { repeats: 1 }],
    ['--alpha', { alpha: 0.5 }],
  ])('whose %s is wrong is refused by name', (field, over) => {
    expect(() => checkSchedule({ ...spec, ...over })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field }) as unknown }) as Error,
    );
  });

  test('names a night by its local date, and none that clocks jumped over or that is not over', () => {
    const now = new Date('2027-04-01T12:00:00Z');
    expect(nightOf(spec, '2027-03-29', now).toISOString()).toBe('2027-03-29T00:30:00.000Z');
    expect(nightOf(spec, '2027-03-29T00:30:00Z', now).toISOString()).toBe('2027-03-29T00:30:00.000Z');
    for (const bad of ['2027-03-28', '2027-04-02', '2027-02-30', 'yesterday'])
      expect(() => nightOf(spec, bad, now)).toThrow();
  });

  test('draws the same decisions of a night whatever order they come in, and others of another night', () => {
    const ids = Array.from({ length: 50 }, (_, i) => `dec_${i}`);
    const seed = nightSeed('sch_1', '2027-03-29T00:30:00.000Z');
    expect(drawn(ids.toReversed(), 10, seed)).toEqual(drawn(ids, 10, seed));
    expect(drawn(ids, 10, nightSeed('sch_1', '2027-03-30T00:30:00.000Z'))).not.toEqual(drawn(ids, 10, seed));
    expect(Number.isSafeInteger(seed)).toBe(true);
  });
});
