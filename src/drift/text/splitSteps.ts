import type { ReasoningRun } from '../types.js';
import { language } from './language.js';

/** "1.", "2)", "(a)", "-", "•", "Step 3:" at the start of a line. */
const MARKER = /^\s*(?:[-*•–]\s+|\(?(?:\d{1,2}|[a-z])[.)]\s+|step\s+\d{1,2}\s*[:.)]\s*)/i;
const HEADING = /^\s*#{1,6}\s+/;
const EMPHASIS = /\*\*|__|`/g;

/** Bounds of what is compared: an agent may answer with megabytes, and cost grows with the square of the steps. */
export const MAX_STEPS = 200;
export const MAX_STEP_CHARS = 2000;

/** Free text as ordered steps: one for each sentence or list item, markers stripped. */
export function splitSteps(text: string): string[] {
  return text
    .split(/\r?\n+/)
    .flatMap((line) => {
      const bare = line.replace(HEADING, '').replace(MARKER, '');
      return bare.trim() === '' ? [] : language().sentences(bare);
    })
    .map(normaliseStep)
    .filter((step) => step !== '')
    .slice(0, MAX_STEPS);
}

/** NFC, plain quotes and spaces, no list marker or emphasis. Case and digits stay. */
export function normaliseStep(step: string): string {
  return step
    .slice(0, 4 * MAX_STEP_CHARS)
    .normalize('NFC')
    .replace(EMPHASIS, '')
    .replace(MARKER, '')
    .replace(/[‘’ʼ]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[\s\u00a0\u202f]+/g, ' ')
    .trim()
    .slice(0, MAX_STEP_CHARS);
}

/** A run as it is compared: steps normalised, within the bounds. Blank steps keep their place and count for nothing. */
export function clipRun(run: ReasoningRun): ReasoningRun {
  return { ...run, steps: run.steps.slice(0, MAX_STEPS).map(normaliseStep) };
}
