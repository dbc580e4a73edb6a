const POLL_MS = 500;

/**
 * For the main files of our processes: calls back once when the command that started us is gone, even by SIGKILL, so
 * that no worker outlives what it works for. Returns a function that ends the watch; never keeps the process alive.
 */
export function exitWithParent(
  onGone: () => void = () => process.exit(0),
  env: NodeJS.ProcessEnv = process.env,
): () => void {
  const parent = Number(env['TENET_PARENT'] ?? '');
  if (!Number.isSafeInteger(parent) || parent <= 0) return () => undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
