/** How bodies come in: media type, encoding, size, depth. Every door that takes a body takes it through here. */
export { takeBodies } from './readBody.js';
export { isDeeperThan, readJsonBody, tooDeep } from './json.js';
export { readSealedSpool, SPOOL } from './sealedSpool.js';
export { NDJSON, parseJson, readNdjson, type NdjsonLine } from './ndjson.js';
