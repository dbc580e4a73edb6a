import { heartbeat } from '@temporalio/activity';
import {
  assessDecision,
  createStepReader,
  createStepSpace,
  fitLexicon,
  fitNoiseProfile,
  profileDigest,
  type DecisionDrift,
  type DecisionRuns,
} from '../src/drift/index.js';
import type { ActivityDeps } from './deps.js';
import type { GateRunSummary } from './types.js';

export interface Scored {
  readonly drifts: readonly DecisionDrift[];
  readonly vectors: GateRunSummary['vectors'];
  readonly profile: GateRunSummary['profile'];
}

const CHUNK = 64;
const HEARTBEAT_EVERY = 100;

/** Noise profile from the control arm, then every decision against it. Texts are embedded once, numbers masked. */
export async function scoreDecisions(
  { embedder: open }: ActivityDeps,
  { agent, type, runs }: { readonly agent: string; readonly type: string; readonly runs: readonly DecisionRuns[] },
): Promise<Scored> {
  const embedder = await open();
  const read = createStepReader();
  const masked = new Set(
    runs.flatMap(({ baseline, candidate }) =>
      [...baseline, ...candidate].flatMap(({ steps }) => steps.map((step) => read(step).masked)),
    ),
  );
  const texts = [...masked];
  const vectors = new Map<string, Float32Array>();
  for (let at = 0; at < texts.length; at += CHUNK) {
    const chunk = texts.slice(at, at + CHUNK);
    const embedded = await embedder.embed(chunk);
    chunk.forEach((text, i) => {
      const vector = embedded[i];
      if (vector !== undefined) vectors.set(text, vector);
    });
    heartbeat(at);
  }
  const space = createStepSpace({
    read,
    lexicon: fitLexicon(
      runs.map(({ baseline }) => baseline),
      read,
    ),
    vectorOf: (text) => vectors.get(text),
  });
  const profile = fitNoiseProfile(runs, { agent, type, embedderId: embedder.id, space, seed: agent });
  const drifts = runs.map((own, at) => {
    if (at % HEARTBEAT_EVERY === 0) heartbeat(at);
    return assessDecision(own, profile, space);
  });
  return {
    drifts,
    vectors: { embedder: embedder.id, computed: texts.length, cached: 0 },
    profile: { digest: profileDigest(profile), mode: profile.mode, decisions: profile.decisions },
  };
}
