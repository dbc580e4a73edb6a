import { cp, rename, rm, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppError } from '../errors/index.js';
import { openContext, withPlatform } from './context.js';

/** A package beside where it was made. Whole or not at all, like the original. */
export const copyPackage = {
  async assertFree(target: string): Promise<void> {
    if ((await stat(target).catch(() => null)) === null) return;
    throw new AppError('usage.invalid', `${target} is there already`, {
      field: '--out',
      fix: 'name a folder that is not there yet',
    });
  },

  async copy(self: Command, inquiry: string, target: string): Promise<void> {
    const context = await openContext(self);
    const found = await withPlatform(context, ({ stores }) => stores.inquiries.get(inquiry));
    const folder = found?.productions.at(-1)?.folder;
    if (folder === undefined) throw new AppError('not_found', `${inquiry} has no production`, { field: 'INQUIRY' });
    const draft = `${target}.tmp-${process.pid}`;
    await cp(folder, draft, { recursive: true, errorOnExist: true, force: false });
    await rename(draft, target).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true });
      throw error;
    });
    context.output.note(`written to ${target}`);
  },
};
