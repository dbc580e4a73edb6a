/**
 * What one agent's control arm says about its words: how common each is, and which words are values ("little", "skilled")
 * rather than wording. Frozen with the noise profile; `digest` names it.
 */
export interface Lexicon {
  readonly documents: number;
  /** Steps that hold a stem. */
  readonly frequency: ReadonlyMap<string, number>;
  /** Steps that state a number. */
  readonly numberFrequency: ReadonlyMap<string, number>;
  /** Value phrase (lower case, one space) → the classes of alternatives it belongs to. */
  readonly values: ReadonlyMap<string, readonly number[]>;
  readonly digest: string;
}
