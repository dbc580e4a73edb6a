import { createLexicalEmbedder, prepareSpace, type ReasoningRun, type StepSpace } from '../../../src/drift/index.js';

export function run(steps: readonly string[], outcome = 'approve', actions: readonly string[] = []): ReasoningRun {
  return { outcome, steps, actions };
}

/** A space without an embedding, its words and reasons learned from the given runs. */
export async function lexicalSpace(control: readonly (readonly ReasoningRun[])[] = []): Promise<StepSpace> {
  return (await prepareSpace(control, [], { embedder: createLexicalEmbedder() })).space;
}
