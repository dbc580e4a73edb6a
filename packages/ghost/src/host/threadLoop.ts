import { performance } from 'node:perf_hooks';
import type { MessagePort } from 'node:worker_threads';
import type { Pipeline } from '../delivery/pipelinePort.js';
import type { Consumer } from './consumer.js';
import { Word, type Control } from './control.js';
import type { FlushRequest, ThreadReport } from './threadMessages.js';

/** The thread's event loop gets to its sockets so often. */
const SLICE_MS = 5;
/**
 * The ring is looked at, not waited on: waking a sleeping thread would cost the caller 20 to 130 µs. A busy ring is looked at every 2 ms, an idle
 * one every 8: that much of what was enqueued is lost when the process is killed.
 */
const BUSY_MS = 2;
const IDLE_MS = 8;

export interface ThreadLoop {
  readonly consumer: Consumer;
  readonly control: Control;
  readonly pipeline: Pipeline;
  readonly port: MessagePort;
}

/** Empties the ring until the host says to close, then closes the spool and lets the thread end. */
export function runThreadLoop({ consumer, control, pipeline, port }: ThreadLoop): void {
  const say = (report: ThreadReport): void => port.postMessage(report);
  let told = '';
  let pause = BUSY_MS;
  let ended = false;

  const tellTexts = (): void => {
    const { spool, lastError } = pipeline.stats();
    const texts = { dir: spool.dir, ...(lastError && { lastError }) };
    const text = JSON.stringify(texts);
    if (text === told) return;
    told = text;
    say({ kind: 'texts', texts });
  };
  const end = (): void => {
    ended = true;
    port.close();
  };
  const look = (): void => {
    if (ended) return;
    if (control.load(Word.close) !== 0) {
      consumer.finish();
      control.store(Word.closed, 1);
      return end();
    }
    const taken = consumer.step(SLICE_MS);
    if (taken === undefined) return end();
    pause = taken > 0 ? BUSY_MS : Math.min(IDLE_MS, pause + 1);
    tellTexts();
    if (taken > 0 && !consumer.empty) setImmediate(look);
    else setTimeout(look, pause);
  };
  const flush = async ({ flush: id, timeoutMs, end: upTo, last }: FlushRequest): Promise<void> => {
    const until = performance.now() + timeoutMs;
    while (!ended && consumer.step(SLICE_MS) !== undefined && !consumer.isPast(upTo) && performance.now() < until)
      await new Promise((resolve) => setImmediate(resolve));
    const left = Math.max(0, until - performance.now());
    const { pending } = await (last ? pipeline.finish(left) : pipeline.flush(left));
    if (ended) return;
    consumer.publish();
    tellTexts();
    say({ kind: 'flushed', flush: id, pending });
  };

  port.on('message', (request: FlushRequest) => void flush(request));
  control.store(Word.ready, 1);
  look();
}
