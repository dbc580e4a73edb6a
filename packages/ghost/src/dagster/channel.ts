import { closeSync, openSync, writeSync } from 'node:fs';
import { lineOf, type PipesMessage } from './messages.js';
import type { Params } from './params.js';
import { PipesError } from './pipesError.js';

export interface Channel {
  write(content: PipesMessage): void;
  close(): void;
}

/** The parameters name a file, or one of the standard streams. */
export function openChannel(params: Params): Channel {
  const { path } = params;
  if (typeof path === 'string') return fileChannel(path);
  const stdio = params['stdio'] ?? params['buffered_stdio'];
  if (stdio === 'stdout' || stdio === 'stderr') return descriptorChannel(stdio === 'stdout' ? 1 : 2, false);
  throw new PipesError(
    `messages go neither to a file nor to a stream; the parameters are ${Object.keys(params).join(', ')}`,
  );
}

function fileChannel(path: string): Channel {
  try {
    return descriptorChannel(openSync(path, 'a', 0o600), true);
  } catch (cause) {
    throw new PipesError(`the message file ${path} can't be opened`, { cause });
  }
}

/**
 * Synchronous: a line is out before the caller goes on, whatever ends the process then. Dagster reads while we write and
 * takes what it finds for a line, so a line goes out by one call wherever the system lets it.
 */
function descriptorChannel(fd: number, own: boolean): Channel {
  return {
    write(content) {
      let left = Buffer.from(`${lineOf(content)}\n`, 'utf8');
      while (left.length > 0) left = left.subarray(writeOnce(fd, left));
    },
    close() {
      if (own) closeSync(fd);
    },
  };
}

/** A pipe that is full answers EAGAIN; its reader needs a moment. */
function writeOnce(fd: number, bytes: Buffer): number {
  for (;;) {
    try {
      return writeSync(fd, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
