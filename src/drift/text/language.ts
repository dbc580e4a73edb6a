import { createRequire } from 'node:module';

export interface Token {
  readonly text: string;
  readonly lower: string;
  readonly stem: string;
  /** Universal part of speech. */
  readonly pos: string;
  readonly type: string;
  readonly negated: boolean;
  readonly stop: boolean;
}

interface Language {
  tokens(text: string): Token[];
  sentences(text: string): string[];
}

let loaded: Language | undefined;

/** The one place that loads wink-nlp (0.1 s, 60 MB): on first use, so that importing this room stays cheap. */
export function language(): Language {
  loaded ??= load();
  return loaded;
}

/** The part of wink-nlp that is used; its own types do not fit its helpers. */
interface Wink {
  readonly its: Readonly<Record<'stem' | 'pos' | 'type' | 'negationFlag' | 'stopWordFlag', Helper>>;
  readonly readDoc: (text: string) => {
    tokens(): { out(helper?: Helper): unknown[] };
    sentences(): { out(): string[] };
  };
}
type Helper = (...values: never[]) => unknown;

function load(): Language {
  const require = createRequire(import.meta.url);
  const winkNLP = require('wink-nlp') as (model: unknown, pipe: readonly string[]) => Wink;
  const model: unknown = require('wink-eng-lite-web-model');
  const tagger = winkNLP(model, ['sbd', 'negation', 'pos']);
  const splitter = winkNLP(model, ['sbd']);
  return {
    tokens: (text) => readTokens(tagger, text),
    sentences: (text) => splitter.readDoc(text).sentences().out(),
  };
}

function readTokens({ its, readDoc }: Wink, text: string): Token[] {
  const tokens = readDoc(text).tokens();
  const stems = tokens.out(its.stem) as string[];
  const pos = tokens.out(its.pos) as string[];
  const types = tokens.out(its.type) as string[];
  const negated = tokens.out(its.negationFlag);
  const stop = tokens.out(its.stopWordFlag);
  return (tokens.out() as string[]).map((value, i) => ({
    text: value,
    lower: value.toLowerCase(),
    stem: stems[i] ?? value.toLowerCase(),
    pos: pos[i] ?? 'X',
    type: types[i] ?? 'word',
    negated: negated[i] === true,
    stop: stop[i] === true,
  }));
}
