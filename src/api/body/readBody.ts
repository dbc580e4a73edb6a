import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../../errors/index.js';

/** What is inflated at once: a bomb gets this far beyond the limit at most, and no further. */
const INFLATED_CHUNK = 64 * 1024;

/**
 * Bodies of these types, and of no other, reach the routes of `app`: as bytes, gzip already inflated, or as what `read` makes
 * of those. The route's `bodyLimit` is the limit of the inflated size and is checked while the bytes come in, whatever their
 * encoding and framing.
 */
export function takeBodies(
  app: FastifyInstance,
  types: readonly string[],
  read: (bytes: Buffer) => unknown = (bytes) => bytes,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...types], async (request: FastifyRequest, payload: Readable) =>
    read(await readBody(request, payload, request.routeOptions.bodyLimit ?? 0)),
  );
  app.addHook('onRequest', async (request) => void encodingOf(request));
}

async function readBody(request: FastifyRequest, payload: Readable, limit: number): Promise<Buffer> {
  const length = Number(request.headers['content-length']);
  if (length > limit) throw tooLarge(limit);
  const isGzip = encodingOf(request) === 'gzip';
  try {
    return isGzip ? await inflated(payload, limit) : await collected(payload, limit);
  } catch (error) {
    // The rest of what the caller sends is dropped while the refusal is on its way.
    payload.resume();
    throw error;
  }
}

function encodingOf(request: FastifyRequest): 'identity' | 'gzip' {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || encoding === 'identity') return 'identity';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  throw new AppError('input.media_type', 'bodies are taken as they are or as gzip', {
    field: 'content-encoding',
    expected: 'gzip, or no content encoding',
    got: encoding.slice(0, 40),
  });
}

/** Not an async iterator: breaking out of one destroys the request, and with it the socket that the refusal goes over. */
function collected(payload: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const leave = (): void => {
      payload.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      leave();
      reject(tooLarge(limit));
    };
    const onEnd = (): void => {
      leave();
      resolve(Buffer.concat(chunks, size));
    };
    const onGone = (): void => {
      leave();
      reject(cutShort());
    };
    payload.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

async function inflated(payload: Readable, limit: number): Promise<Buffer> {
  const gunzip = createGunzip({ chunkSize: INFLATED_CHUNK });
  const onGone = (): void => void gunzip.destroy(cutShort());
  // A whole request is closed after its end as well; then the inflater has had everything.
  const onClose = (): void => void (payload.readableEnded || onGone());
  payload.on('error', onGone).on('close', onClose);
  try {
    return await collected(payload.pipe(gunzip), limit);
  } catch (error) {
    throw error instanceof AppError ? error : cutShort();
  } finally {
    payload.unpipe(gunzip).off('error', onGone).off('close', onClose);
    gunzip.destroy();
  }
}

const tooLarge = (limit: number): AppError =>
  new AppError('input.too_large', 'the body is over the limit of this door', {
    field: '',
    expected: `at most ${limit} bytes, inflated`,
    fix: 'send the batch in parts',
  });

const cutShort = (): AppError =>
  new AppError('input.invalid', 'the body ended early or is not what its content encoding says', { field: '' });
