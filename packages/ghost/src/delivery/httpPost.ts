import http from 'node:http';
import https from 'node:https';

export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** @default 'POST' */
  readonly method?: 'GET' | 'POST';
  readonly timeoutMs: number;
}

export interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** An acknowledgement of 500 records is about 60 KB. */
const MAX_ANSWER_BYTES = 4_194_304;

/** Posts over sockets that don't keep the process alive: whoever has to wait holds a timer of its own. */
export class HttpPoster {
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 2 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 2 }),
  };

  post({ url, headers, body, timeoutMs, method = 'POST' }: PostRequest): Promise<PostAnswer> {
    return new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const request = (secure ? https : http).request(url, {
        method,
        agent: secure ? this.#agents['https:'] : this.#agents['http:'],
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs).unref();
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        act();
      };
      request.on('socket', (socket) => socket.unref());
      request.on('error', (error) => settle(() => reject(error)));
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        response.on('error', (error) => settle(() => reject(error)));
        response.on('end', () => {
          const { statusCode, headers: answered } = response;
          const text = Buffer.concat(chunks).toString('utf8');
          settle(() => resolve({ status: statusCode ?? 0, retryAfter: answered['retry-after'], text }));
        });
      });
      request.end(body);
    });
  }
}
