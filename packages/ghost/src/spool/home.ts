import { FileBacking } from './backing.js';
import { Folder } from './folder.js';
import { isEphemeral, makePlace, spoolPlaces } from './location.js';
import { codeOf } from './lock.js';

/** Where one producer's segments are: its folder, made when the first is. */
export class Home {
  readonly #producer: string;
  readonly #places: readonly string[];
  /** Whether a new file is to survive the machine. */
  readonly #synced: boolean;
  #dir: string | undefined;
  #folder: Folder | undefined;
  #ephemeral: boolean | undefined;

  constructor(producer: string, dir: string | undefined, synced: boolean) {
    this.#producer = producer;
    this.#places = spoolPlaces(dir);
    this.#synced = synced;
  }

  get dir(): string {
    return this.#dir ?? this.#places[0] ?? '';
  }

  get ephemeral(): boolean {
    this.#ephemeral ??= isEphemeral(this.dir);
    return this.#ephemeral;
  }

  /** undefined: no disk has taken anything yet. */
  get folder(): Folder | undefined {
    return this.#folder;
  }

  /** Throws where the disk does not take it; then there is no file. */
  createSegment(number: number, content: Uint8Array): FileBacking {
    const { folder, file } = this.#create(number);
    try {
      file.append(content);
      if (this.#synced) folder.sync();
      return file;
    } catch (error) {
      file.remove();
      throw error;
    }
  }

  #create(number: number): { readonly folder: Folder; readonly file: FileBacking } {
    const folder = this.#folder ?? this.#make();
    try {
      return { folder, file: FileBacking.create(folder.segmentPath(number)) };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    // Somebody removed the folder under us.
    const again = this.#make();
    return { folder: again, file: FileBacking.create(again.segmentPath(number)) };
  }

  #make(): Folder {
    this.#dir = makePlace(this.#places);
    this.#ephemeral = undefined;
    this.#folder = Folder.create(this.#dir, this.#producer);
    return this.#folder;
  }
}
