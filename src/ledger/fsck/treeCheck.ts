import { openCheckpoint, parseVkey, TILE_WIDTH, type Ed25519Verify } from '@tenet-ledger/record';
import { leafTextHash } from '../hash.js';
import type { SignedHead } from '../ports.js';
import type { CheckpointRow, LeafRow, LedgerStore } from '../store.js';
import { TileBuilder } from '../tiles.js';
import type { Findings } from './findings.js';

export interface TreeCheckDeps {
  readonly store: Pick<LedgerStore, 'readTiles' | 'checkpointsFrom' | 'readHead'>;
  readonly findings: Findings;
  readonly origin: string;
  readonly vkey: string;
  readonly verify: Ed25519Verify;
  readonly signed: SignedHead | null;
}

const PAGE = 500;

/**
 * Leaves → hashes → tiles → root at every checkpoint. Where a leaf is missing the tile's hash stands in for it, so that one hole does
 * not hide what is wrong behind it.
 */
export class TreeCheck {
  readonly #deps: TreeCheckDeps;
  readonly #builder = new TileBuilder(0, []);
  /** Leaves that differ from their tile, not yet known which of the two is wrong: the next signed root tells. */
  #suspects: { index: number; id: string }[] = [];
  #checkpoints: CheckpointRow[] = [];
  #clean = true;
  #badCheckpoints = 0;
  checkpoints = 0;
  tiles = 0;

  constructor(deps: TreeCheckDeps) {
    this.#deps = deps;
  }

  /** Leaves [from, to); `from` is where the last call ended. */
  async add(rows: readonly LeafRow[], from: number, to: number): Promise<void> {
    const byIndex = new Map(rows.map((row) => [row.idx, row]));
    const hashes = await this.#leafTiles(from, to);
    for (let index = from; index < to; index += 1) {
      this.#append(index, byIndex.get(index), hashes.get(index));
      await this.#atSize(index + 1);
    }
    await this.#compareTiles();
  }

  root(): Uint8Array {
    return this.#builder.root();
  }

  /** Checkpoints beyond the last leaf, and suspects no checkpoint covers. */
  async finish(size: number): Promise<void> {
    this.#settle('leaf.edited');
    const { signed, findings } = this.#deps;
    if (signed && signed.size > size) {
      findings.add(
        'signer.mismatch',
        null,
        null,
        `the signer has signed size ${signed.size}, the database holds ${size}`,
      );
    }
    const beyond = await this.#deps.store.checkpointsFrom(size + 1, PAGE);
    // Read after them: the tree may have grown while it was checked.
    const now = (await this.#deps.store.readHead())?.size ?? 0;
    for (const checkpoint of beyond.filter((row) => row.size > now)) {
      const message = `a checkpoint of size ${checkpoint.size} is stored, the tree has ${now} leaves`;
      findings.add('checkpoint.root', null, null, message);
    }
    if (this.#badCheckpoints > 1) {
      const more = `${this.#badCheckpoints - 1} further checkpoints do not match either`;
      findings.add('checkpoint.root', null, null, more);
    }
  }

  async #leafTiles(from: number, to: number): Promise<Map<number, Uint8Array>> {
    const refs: { level: number; n: number }[] = [];
    for (let n = Math.floor(from / TILE_WIDTH); n * TILE_WIDTH < to; n += 1) refs.push({ level: 0, n });
    const hashes = new Map<number, Uint8Array>();
    for (const tile of await this.#deps.store.readTiles(refs)) {
      for (let i = 0; i * 32 < tile.hashes.length; i += 1) {
        hashes.set(tile.n * TILE_WIDTH + i, tile.hashes.subarray(i * 32, i * 32 + 32));
      }
    }
    return hashes;
  }

  #append(index: number, row: LeafRow | undefined, inTile: Uint8Array | undefined): void {
    if (!row) {
      this.#clean = false;
      const stand = inTile ? 'its hash in the tile stands in for it' : 'and no tile holds its hash';
      this.#deps.findings.add('leaf.missing', index, null, `leaf ${index} is missing; ${stand}`);
      this.#builder.append(inTile ?? new Uint8Array(32));
      return;
    }
    const hash = leafTextHash(row.leaf);
    if (!inTile || Buffer.compare(hash, inTile) !== 0) this.#suspects.push({ index, id: row.id });
    this.#builder.append(hash);
  }

  async #atSize(size: number): Promise<void> {
    if (this.#deps.signed?.size === size && !same(this.#deps.signed.root, this.root())) {
      this.#deps.findings.add(
        'signer.mismatch',
        null,
        null,
        `the leaves do not hash to the root the signer holds at ${size}`,
      );
    }
    const checkpoint = await this.#checkpointAt(size);
    if (!checkpoint) return;
    this.checkpoints += 1;
    const matches = same(checkpoint.root, this.root());
    this.#settle(matches ? 'tile.mismatch' : 'leaf.edited');
    if (!matches) {
      this.#badCheckpoints += 1;
      const message = `the leaves do not hash to the root of the checkpoint of size ${size}`;
      if (this.#badCheckpoints === 1) this.#deps.findings.add('checkpoint.root', null, null, message);
    }
    this.#checkNote(checkpoint);
  }

  async #checkpointAt(size: number): Promise<CheckpointRow | null> {
    const last = this.#checkpoints.at(-1);
    if (!last || last.size < size) this.#checkpoints = await this.#deps.store.checkpointsFrom(size, PAGE);
    while (this.#checkpoints[0] && this.#checkpoints[0].size < size) this.#checkpoints.shift();
    const [next] = this.#checkpoints;
    return next?.size === size ? next : null;
  }

  #settle(reason: 'leaf.edited' | 'tile.mismatch'): void {
    if (this.#suspects.length === 0) return;
    this.#clean = false;
    const what =
      reason === 'leaf.edited' ? 'was changed after it entered the tree' : 'is right, its hash in the tile is not';
    for (const { index, id } of this.#suspects) {
      this.#deps.findings.add(reason, index, id, `leaf ${index} (${id}) ${what}`);
    }
    this.#suspects = [];
  }

  #checkNote({ size, root, note }: CheckpointRow): void {
    try {
      const { checkpoint } = openCheckpoint(note, [parseVkey(this.#deps.vkey)], this.#deps.verify);
      if (checkpoint.origin === this.#deps.origin && checkpoint.size === size && same(checkpoint.root, root)) return;
      this.#deps.findings.add('checkpoint.note', null, null, `the note stored for size ${size} is of another head`);
    } catch (error) {
      this.#deps.findings.add('checkpoint.note', null, null, `checkpoint of size ${size}: ${(error as Error).message}`);
    }
  }

  /** Upper levels. Behind a wrong leaf they all differ and say nothing more. */
  async #compareTiles(): Promise<void> {
    const touched = this.#builder.take();
    const upper = touched.filter(({ level }) => level > 0);
    this.tiles += touched.length;
    if (!this.#clean || this.#suspects.length > 0 || upper.length === 0) return;
    const stored = new Map(
      (await this.#deps.store.readTiles(upper)).map((tile) => [`${tile.level}/${tile.n}`, tile.hashes]),
    );
    for (const { level, n, hashes } of upper) {
      const there = stored.get(`${level}/${n}`);
      if (there && same(there.subarray(0, hashes.length), hashes)) continue;
      this.#deps.findings.add('tile.mismatch', null, null, `the leaves do not hash to the stored tile ${level}/${n}`);
    }
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
