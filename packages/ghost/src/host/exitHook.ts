/** What has to be brought into the spool before this thread is gone. */
export interface Closer {
  closeNow(): void;
}

const open = new Set<Closer>();
let hooked = false;

/**
 * `exit` is the one event listened to: it comes on a natural end, on process.exit and after an uncaught exception, and having a listener
 * changes nothing about how a process ends. Signals are left alone: a handler would take their default action away, from a busy
 * process too; what the ring holds then is what is lost.
 */
export function closeAtExit(closer: Closer): void {
  open.add(closer);
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const one of open) {
      try {
        one.closeNow();
      } catch {
        // The process is ending; there is nobody left to tell.
      }
    }
  });
}
