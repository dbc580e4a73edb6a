/** Resolves on SIGTERM, SIGINT, or when the command that started this process is gone. A second signal ends it at once. */
export function untilStopped(watchParent: (onGone: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(130);
      stopping = true;
      resolve();
    };
    const unwatch = watchParent(stop);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
    process.on('exit', unwatch);
  });
}
