/** What does the work behind the caller: on the thread that signs, and on the caller's own where there is none. */
export { HttpPoster } from '../delivery/httpPost.js';
export { compileRedaction } from '../redact/index.js';
export { Consumer } from './consumer.js';
export { InlineSeat } from './inlineSeat.js';
export { makePipeline } from './makePipeline.js';
