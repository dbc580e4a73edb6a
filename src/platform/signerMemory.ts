import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors/index.js';
import { createWhole } from './keyFiles.js';

/** What the signer knows: the last head it signed. Size 0 before the first. */
export interface Memory {
  readonly origin: string;
  readonly size: number;
  /** base64. */
  readonly root: string;
  readonly note: string;
}

export interface Generation {
  readonly number: number;
  readonly memory: Memory;
}

const NAME = /^head\.(\d{12})\.json$/;
const nameOf = (generation: number): string => `head.${String(generation).padStart(12, '0')}.json`;

/** Older generations are kept for a person to look at; nothing reads them. */
const KEEP = 3;

/**
 * One folder, one file per generation, the highest counts. `advance` creates the next number with link(2), so of two
 * processes that saw the same generation one wins and the other has signed nothing: a compare-and-swap without locks. A
 * crash leaves the old head or the new one, whole and synced. The folder must never be restored with the database.
 */
export class SignerMemory {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** For a log without entries. False when the folder holds a memory already. */
  async create(origin: string, root: string): Promise<boolean> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    if ((await this.#numbers()).length > 0) return false;
    return createWhole(join(this.#dir, nameOf(0)), serialize({ origin, size: 0, root, note: '' }));
  }

  async read(): Promise<Generation> {
    for (;;) {
      const [number] = await this.#numbers();
      if (number === undefined) throw this.#lost('it holds no head');
      try {
        return { number, memory: parse(await readFile(join(this.#dir, nameOf(number)), 'utf8')) };
      } catch (error) {
        // Another process moved on and removed it between the two looks.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          throw this.#lost('its newest head is unreadable', error);
      }
    }
  }

  /** True when `memory` is now the highest generation and durable. False: somebody else moved on, nothing is released. */
  async advance(from: Generation, memory: Memory): Promise<boolean> {
    const next = from.number + 1;
    if (!(await createWhole(join(this.#dir, nameOf(next)), serialize(memory)))) return false;
    // A process that slept since it read `from` may have created a number that was used and cleaned away.
    const numbers = await this.#numbers();
    if (numbers[0] !== next) return false;
    for (const old of numbers.slice(KEEP)) await rm(join(this.#dir, nameOf(old)), { force: true });
    return true;
  }

  /** Highest first. */
  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const numbers = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
    return numbers.sort((a, b) => b - a);
  }

  #lost(why: string, cause?: unknown): AppError {
    return new AppError(
      'ledger.signer_refused',
      `the signer's memory in ${this.#dir} cannot be used: ${why}`,
      {
        field: this.#dir,
        fix: 'find the folder; without it the signer cannot tell a rewritten log from its own, so it signs nothing',
      },
      { cause },
    );
  }
}

const serialize = (memory: Memory): string => `${JSON.stringify({ v: 1, ...memory })}\n`;

function parse(text: string): Memory {
  const value = JSON.parse(text) as { v?: unknown } & Partial<Record<keyof Memory, unknown>>;
  const { origin, size, root, note } = value;
  const sound =
    value.v === 1 &&
    typeof origin === 'string' &&
    typeof size === 'number' &&
    Number.isSafeInteger(size) &&
    typeof root === 'string' &&
    typeof note === 'string';
  if (!sound) throw new Error('not a head in version 1');
  return { origin, size, root, note };
}
