import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LanePolicy, ReplayItem, ReplayResult } from '@tenet-ledger/ghost/replay';

/** How one request is answered instead. */
export type DoorHitch =
  | { readonly status: number; readonly code: string; readonly retryAfter?: string }
  /** The body ends in the middle. */
  | 'cut'
  /** What was posted is stored and the connection ends before the answer. */
  | 'lose-answer';

export interface ReplayApi {
  readonly url: string;
  readonly results: ReadonlyMap<string, ReplayResult>;
  readonly opened: readonly URLSearchParams[];
  readonly posts: readonly number[];
  /** The next requests of that door meet these, in order. */
  readonly hitch: (door: 'batches' | 'results', ...hitches: readonly DoorHitch[]) => void;
  /** Given with every answer to results from now on. */
  stop: string | null;
  /** Model calls leased with each batch that is opened; the last one stands. */
  leases: (number | null)[];
  close(): Promise<void>;
}

export interface ReplayApiOptions {
  readonly items: readonly ReplayItem[];
  readonly policy: LanePolicy;
  /** name@version */
  readonly agent: string;
  readonly digest: string;
  readonly token: string;
}

/** The two replay doors over real HTTP with a cohort in memory: what a test needs of the platform, and nothing behind it. */
export async function startReplayApi({ items, policy, agent, digest, token }: ReplayApiOptions): Promise<ReplayApi> {
  const results = new Map<string, ReplayResult>();
  const opened: URLSearchParams[] = [];
  const posts: number[] = [];
  const hitches: Record<'batches' | 'results', DoorHitch[]> = { batches: [], results: [] };
  const api = { stop: null as string | null, leases: [null] as (number | null)[] };

  const open = (query: URLSearchParams, hitch: DoorHitch | undefined, response: ServerResponse): void => {
    opened.push(query);
    const number = (name: string): number => Number(query.get(name));
    const [after, until, count] = [number('after'), Math.min(number('until'), items.length), number('count')];
    const missing = items.flatMap((item, i) =>
      i + 1 > after && i + 1 <= until && !results.has(item.decision) ? [{ ...item, ord: i + 1 }] : [],
    );
    const given = missing.slice(0, count);
    const cursor = given.length < count ? Math.max(after, until) : (given.at(-1)?.ord ?? after);
    const header = {
      v: 1,
      runId: 'run_1',
      lane: query.get('lane'),
      repeat: number('repeat'),
      agent,
      digest,
      policy,
      limits: { maxCalls: (api.leases.length > 1 ? api.leases.shift() : api.leases[0]) ?? null },
      cursor,
    };
    const body = [header, ...given].map((line) => `${JSON.stringify(line)}\n`).join('');
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    if (hitch !== 'cut') return void response.end(body);
    response.write(body.slice(0, Math.floor(body.length * 0.7)), () => response.destroy());
  };

  const post = (text: string, hitch: DoorHitch | undefined, response: ServerResponse): void => {
    const lines = text.split('\n').filter((line) => line !== '');
    posts.push(lines.length);
    let stored = 0;
    for (const line of lines) {
      const result = JSON.parse(line) as ReplayResult;
      if (results.has(result.decision)) continue;
      results.set(result.decision, result);
      stored += 1;
    }
    if (hitch === 'lose-answer') return void response.destroy();
    respond(response, 200, { stored, duplicates: lines.length - stored, stop: api.stop });
  };

  const server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      const url = new URL(request.url ?? '', 'http://test');
      if (request.headers['x-api-key'] !== token)
        return respond(response, 403, { code: 'auth.forbidden', detail: 'another token' });
      const door =
        url.pathname === '/api/v1/replay/run_1/batches'
          ? 'batches'
          : url.pathname === '/api/v1/replay/run_1/results'
            ? 'results'
            : null;
      if (door === null) return respond(response, 404, { code: 'not_found', detail: 'no such run' });
      const hitch = hitches[door].shift();
      if (typeof hitch === 'object') {
        if (hitch.retryAfter !== undefined) response.setHeader('retry-after', hitch.retryAfter);
        return respond(response, hitch.status, { code: hitch.code, detail: 'scripted' });
      }
      return door === 'batches' ? open(url.searchParams, hitch, response) : post(text, hitch, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(api, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    results,
    opened,
    posts,
    hitch: (door: 'batches' | 'results', ...more: readonly DoorHitch[]) => void hitches[door].push(...more),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': status === 200 ? 'application/json' : 'application/problem+json' });
  response.end(JSON.stringify(body));
}
