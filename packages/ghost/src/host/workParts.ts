import * as parts from './tenetGhostParts.js';

export type WorkParts = typeof parts;

/**
 * The parts that a process which only decides does not need on its own thread. In the package's bundles `workPartsLater.ts` stands here, and
 * they are a file that is loaded by whoever asks first.
 */
export const workParts = (): WorkParts => parts;
