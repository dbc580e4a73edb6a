import { hostname, userInfo } from 'node:os';
import type { DisclosedReads, Reading } from '../ledger/index.js';
import type { OpenPlatform } from './context.js';

/** Values reach a screen or a file through this: who read them, and what for, is in the ledger first. */
export async function openReads({ platform }: Pick<OpenPlatform, 'platform'>): Promise<DisclosedReads> {
  const { createDisclosedReads } = await import('../ledger/index.js');
  return createDisclosedReads(platform.ledger);
}

/** The command line knows no API key: whoever may read the state folder may read everything, and is named by the system. */
export function readerOf(command: string, purpose = 'not stated'): Reading {
  return { by: { command, user: userName(), host: hostname() }, purpose };
}

/** A container's user need not have a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

export const PURPOSE_OPTION = ['--purpose <text>', 'what the values are read for; the access entry says it'] as const;
