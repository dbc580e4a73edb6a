/** The protocol can't be spoken: the parameters are not Dagster's, or what was to be reported would not be read. */
export class PipesError extends Error {
  override readonly name = 'PipesError';
}
