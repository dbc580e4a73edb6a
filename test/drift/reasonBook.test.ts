import { describe, expect, it } from 'vitest';
import { prepareSpace, createLexicalEmbedder, compareReasoning, type StepSpace } from '../../src/drift/index.js';
import { creditAgent } from './support/creditAgent.js';
import { run } from './support/runs.js';
import { simulate } from './support/simulate.js';

async function learned(): Promise<StepSpace> {
  const control = simulate(creditAgent, 'none', { seed: 4, decisions: 200 }).map((entry) => entry.runs.baseline);
  return (await prepareSpace(control, [], { embedder: createLexicalEmbedder() })).space;
}

describe('what an agent’s re-runs teach', async () => {
  const space = await learned();

  it('are its value words, by slot, and no word of its wording', () => {
    const { values } = space.lexicon;
    for (const value of ['little', 'moderate', 'quite rich', 'unskilled', 'education', 'repairs'])
      expect([...values.keys()]).toContain(value);
    for (const word of ['recorded', 'listed', 'points', 'counts', 'applicant'])
      expect([...values.keys()]).not.toContain(word);
  });

  it('is that a value was replaced by another of its slot', () => {
    const said = (value: string) => run([`Savings are recorded as ${value}, which adds 5 points of risk.`]);
    const delta = compareReasoning([said('little'), said('little')], said('quite rich'), space);
    const entity = delta.channels.find((entry) => entry.channel === 'entity');
    expect(entity).toMatchObject({ value: 1, evidence: [{ note: '"little" → "quite rich"' }] });
    const reworded = run(['Money put aside is a little low here, so risk goes up by 5 points.']);
    const quiet = compareReasoning([said('little')], reworded, space);
    expect(quiet.channels.find((entry) => entry.channel === 'entity')?.value).toBe(0);
  });

  it('is which of its sentences give one reason', () => {
    const frame = space.read('The applicant lives in rented housing.');
    const same = space.wordings(frame).map((step) => step.text);
    expect([...same].sort()).toEqual([
      'Housing: rented.',
      'The applicant rents the home they live in.',
      'The home is rented, which gives no security.',
    ]);
  });

  it('is which of its sentences give different reasons', () => {
    const rent = space.read('Housing: rented.');
    expect(space.different(rent, space.read('The stated purpose is education.'))).toBe(true);
    expect(space.different(rent, space.read('The applicant rents the home they live in.'))).toBe(false);
    expect(space.different(rent, space.read('Never said before.'))).toBe(false);
  });
});
