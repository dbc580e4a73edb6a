const MAX_CAUSES = 8;

/** As Dagster's error pages read it. `context` is Python's "while handling"; there is none here. */
export interface PipesException {
  readonly message: string;
  readonly stack: readonly string[];
  readonly name: string | null;
  readonly cause: PipesException | null;
  readonly context: null;
}

export function exceptionOf(error: unknown, depth = 0): PipesException {
  if (!(error instanceof Error)) {
    return { message: text(error), stack: [], name: null, cause: null, context: null };
  }
  const { cause } = error;
  return {
    message: text(error.message),
    // The page joins the lines as they are.
    stack: (error.stack ?? '')
      .split('\n')
      .slice(1)
      .map((line) => `${line}\n`),
    name: error.name,
    cause: cause === undefined || depth === MAX_CAUSES ? null : exceptionOf(cause, depth + 1),
    context: null,
  };
}

/** What was thrown may be anything, a value that can't be shown included. */
function text(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'a value that has no text';
  }
}
