/** Entry of the thread that signs and stores. Loaded by its file name, never imported. */
import { parentPort, workerData } from 'node:worker_threads';
import { Control } from './control.js';
import { Ring } from './ring.js';
import { runThreadLoop } from './threadLoop.js';
import type { ThreadData, ThreadReport } from './threadMessages.js';
import { workParts } from './workParts.js';

const { memory, settings, waitForSpool } = workerData as ThreadData;
const port = parentPort;
if (port === null) throw new Error('this file is started as a worker thread by ghost.configure');

const { Consumer, makePipeline } = workParts();
const control = new Control(memory);
const pipeline = makePipeline(settings, (problem) => {
  port.postMessage({ kind: 'problem', problem } satisfies ThreadReport);
});
const consumer = new Consumer({ ring: new Ring(memory), control, pipeline, waitForSpool, alone: false });
runThreadLoop({ consumer, control, pipeline, port });
