/**
 * Closes in reverse order of opening, each whatever became of the one before: a database pool that fails to close must not
 * leave Postgres and workers running. The first failure is thrown when all are closed.
 */
export async function closeAll(opened: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of opened.toReversed()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * Starts several things at once. When one fails, the others are told by the signal, waited for, and the failure that came
 * first is thrown: so nothing comes up after its caller has cleaned up.
 */
export async function startTogether<T extends readonly unknown[]>(
  signal: AbortSignal | undefined,
  start: (signal: AbortSignal) => readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const siblings = new AbortController();
  const any = signal === undefined ? siblings.signal : AbortSignal.any([signal, siblings.signal]);
  const results = await Promise.allSettled(
    start(any).map((started) =>
      started.catch((error: unknown) => {
        siblings.abort(error);
        throw error;
      }),
    ),
  );
  if (siblings.signal.aborted) throw siblings.signal.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
