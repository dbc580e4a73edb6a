import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/**
 * A server that takes everything at once, in a process of its own: records are acknowledged unverified and counted, traces are swallowed.
 * Sends its port to its parent; `GET /count` says what came.
 */
export interface Count {
  readonly decisions: number;
  /** The highest signed drop counter of each producer, added up. */
  readonly dropped: number;
  /** Requests that were no records. */
  readonly traces: number;
}

const ids = new Set<string>();
const drops = new Map<string, number>();
let traces = 0;

interface Payload {
  readonly id: string;
  readonly kind: string;
  readonly type: string;
  readonly producer: { readonly id: string };
}

function take(line: string): { readonly id: string; readonly status: string } {
  const { leaf, disclosures } = JSON.parse(line) as { readonly leaf: string; readonly disclosures: readonly string[] };
  const { payload } = JSON.parse(leaf) as { readonly payload: string };
  const entry = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Payload;
  if (entry.kind === 'decision') ids.add(entry.id);
  if (entry.type === 'capture.dropped') {
    for (const one of disclosures) {
      const [, path, value] = JSON.parse(Buffer.from(one, 'base64url').toString('utf8')) as [string, string, unknown];
      if (path === '/capture/dropped')
        drops.set(entry.producer.id, Math.max(drops.get(entry.producer.id) ?? 0, Number(value)));
    }
  }
  return { id: entry.id, status: 'accepted' };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
}

async function answer(request: IncomingMessage): Promise<unknown> {
  if (request.url === '/count') {
    const dropped = [...drops.values()].reduce((sum, count) => sum + count, 0);
    return { decisions: ids.size, dropped, traces } satisfies Count;
  }
  const body = await bodyOf(request);
  if (request.url === '/api/v1/records') {
    const lines = body.split('\n').filter((line) => line !== '');
    return { results: lines.map(take), checkpoint: null };
  }
  traces += 1;
  return {};
}

const server = createServer((request, response) => {
  answer(request).then(
    (json) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
