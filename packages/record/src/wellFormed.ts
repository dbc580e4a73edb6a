interface WellFormed {
  isWellFormed?: () => boolean;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** String.prototype.isWellFormed (ES2024) where the engine has it. */
export const isWellFormed: (text: string) => boolean =
  typeof (String.prototype as WellFormed).isWellFormed === 'function'
    ? (text) => (text as unknown as Required<WellFormed>).isWellFormed()
    : (text) => !LONE_SURROGATE.test(text);
