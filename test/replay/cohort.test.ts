import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, PINNED_STRATUM, sampleCohort, sampledSize, type PopulationMember } from '../../src/replay/index.js';

const base = { baseline: 'underwriter@1.0.0', type: 'loan.approve', session: null } as const;

const population = (count: number, strata = 4): PopulationMember[] =>
  Array.from({ length: count }, (_, i) => ({
    decision: `dec_${String(i).padStart(5, '0')}`,
    stratum: `s${i % strata}`,
  }));

const populations = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 12, unit: 'binary-ascii' }), { minLength: 1, maxLength: 60 })
  .chain((ids) =>
    fc.tuple(
      fc.constant(ids),
      fc.array(fc.constantFrom('car', 'tv', 'école', 'repairs'), { minLength: ids.length, maxLength: ids.length }),
    ),
  )
  .map(([ids, strata]) => ids.map((decision, i) => ({ decision, stratum: strata[i] ?? '' })));

describe('drawing a cohort', () => {
  it('depends on the set and the seed, never on the order of the rows', () => {
    fc.assert(
      fc.property(
        populations,
        fc.integer({ min: 1, max: 80 }),
        fc.integer(),
        fc.integer(),
        (rows, size, seed, shuffle) => {
          const other = [...rows]
            .sort((a, b) => (a.decision + shuffle > b.decision + seed === true ? 1 : -1))
            .reverse();
          const request = { ...base, size, seed };
          expect(sampleCohort({ ...request, population: other })).toEqual(
            sampleCohort({ ...request, population: rows }),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('allocates every stratum within one of its exact quota and never more than it has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (sizes, share) => {
          const total = sizes.reduce((sum, n) => sum + n, 0);
          const size = Math.max(1, Math.floor(share * total));
          const rows = allocate(
            sizes.map((n, i) => ({ stratum: `s${i}`, population: n })),
            size,
          );
          expect(rows.reduce((sum, row) => sum + row.drawn, 0)).toBe(size);
          for (const { population: n, drawn } of rows) {
            expect(Math.abs(drawn - (size * n) / total)).toBeLessThan(1);
            expect(drawn).toBeLessThanOrEqual(n);
          }
        },
      ),
    );
  });

  it('gives the one place left over to the largest remainder', () => {
    const rows = allocate(
      [
        { stratum: 'a', population: 53 },
        { stratum: 'b', population: 24 },
        { stratum: 'c', population: 23 },
      ],
      10,
    );
    expect(rows.map(({ stratum, drawn }) => [stratum, drawn])).toEqual([
      ['a', 5],
      ['b', 3],
      ['c', 2],
    ]);
  });

  it('draws other decisions with another seed, and the same again with the same', () => {
    const request = { ...base, population: population(1000), size: 300 };
    const seven = sampleCohort({ ...request, seed: 7 });
    expect(sampleCohort({ ...request, seed: 7 })).toEqual(seven);
    expect(sampleCohort({ ...request, seed: 8 }).manifest.hash).not.toBe(seven.manifest.hash);
    expect(seven.manifest).toMatchObject({ size: 300, population: 1000, seed: 7 });
    expect(seven.manifest.id).toMatch(/^coh_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(new Set(seven.members.map((m) => m.decision)).size).toBe(300);
  });

  it('draws each decision about equally often over many seeds', () => {
    const rows = population(40, 2);
    const hits = new Map(rows.map(({ decision }) => [decision, 0]));
    for (let seed = 0; seed < 400; seed += 1) {
      for (const { decision } of sampleCohort({ ...base, population: rows, size: 10, seed }).members) {
        hits.set(decision, (hits.get(decision) ?? 0) + 1);
      }
    }
    // Binomial(400, 0.25): mean 100, standard deviation 8.7; five of them on either side.
    for (const count of hits.values()) expect(Math.abs(count - 100)).toBeLessThan(44);
  });

  it('takes the whole population when it is no larger than the size asked for', () => {
    const cohort = sampleCohort({ ...base, population: population(20), size: 300, seed: 1 });
    expect(cohort.members).toHaveLength(20);
    expect(cohort.manifest.strata.every(({ population: n, drawn }) => n === drawn)).toBe(true);
  });

  it('re-runs pinned decisions that were not drawn, outside the sample', () => {
    const rows = population(100);
    const request = { ...base, population: rows, size: 10, seed: 3 };
    const drawn = new Set(sampleCohort(request).members.map((m) => m.decision));
    const inside = [...drawn][0] ?? '';
    const outside = rows.find(({ decision }) => !drawn.has(decision))?.decision ?? '';
    const cohort = sampleCohort({ ...request, pinned: [outside, inside, outside] });
    expect(cohort.manifest.size).toBe(11);
    expect(sampledSize(cohort.manifest)).toBe(10);
    expect(cohort.members.at(-1)).toEqual({ decision: outside, stratum: PINNED_STRATUM });
    expect(cohort.members.filter(({ decision }) => decision === inside)).toHaveLength(1);
  });

  it.each([
    ['an empty population', { population: [] }, 'cohort.empty', '/population'],
    ['a size of zero', { size: 0 }, 'input.invalid', '/size'],
    ['a size that is no whole number', { size: 2.5 }, 'input.invalid', '/size'],
    ['a seed that is not a number', { seed: Number.NaN }, 'input.invalid', '/seed'],
    [
      'a decision that is there twice',
      { population: [...population(3), ...population(1)] },
      'input.invalid',
      '/population',
    ],
    ['a pinned decision that was never recorded', { pinned: ['dec_00000', 'dec_x'] }, 'input.invalid', '/pinned/1'],
    [
      'a stratum of the reserved name',
      { population: [{ decision: 'd', stratum: PINNED_STRATUM }] },
      'input.invalid',
      '/population',
    ],
  ])('refuses %s and says where', (_name, over, code, field) => {
    const draw = () => sampleCohort({ ...base, population: population(5), size: 3, seed: 1, ...over });
    expect(draw).toThrow(expect.objectContaining({ code, details: expect.objectContaining({ field }) as unknown }));
  });
});
