import type { Lexicon } from './types.js';

/** Words rarer than this share of steps weigh alike, so that a word met for the first time is not the heaviest of all. */
const RARE = 0.005;

/** Smoothed inverse document frequency, at least 0; without documents every word weighs 1. */
export function stemWeight(lexicon: Lexicon, stem: string): number {
  return idf(lexicon.documents, lexicon.frequency.get(stem) ?? 0);
}

/** 0..1: how much a shared number says. "5 points" in every second step says little, an amount of its own says all. */
export function numberWeight(lexicon: Lexicon, value: string): number {
  if (lexicon.documents === 0) return 1;
  const most = idf(lexicon.documents, 0);
  return most === 0 ? 1 : Math.min(1, idf(lexicon.documents, lexicon.numberFrequency.get(value) ?? 0) / most);
}

function idf(documents: number, frequency: number): number {
  if (documents === 0) return 1;
  return Math.log((documents + 1) / (Math.max(frequency, RARE * documents, 1) + 0.5));
}
