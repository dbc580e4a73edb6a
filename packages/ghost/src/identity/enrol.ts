import { createHash } from 'node:crypto';
import { toBase64, utf8 } from '@tenet-ledger/record';
import { workParts } from '../host/workParts.js';
import { ensureKeyFile } from './keyFile.js';

export interface EnrolRequest {
  readonly endpoint: string;
  /** One-time token. */
  readonly token: string;
  /** Where the private key is, or is to be made. It never leaves this machine. */
  readonly keyFile: string;
  readonly timeoutMs?: number;
}

/** What `ghost.configure` needs: spread it there. */
export interface Identity {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly keyFile: string;
  readonly tenant: string;
  readonly log: string;
  readonly vkey: string;
  readonly tagKey: string;
  readonly kid: string;
  /** Index of the key's leaf: records signed with it count from here. */
  readonly index: number;
}

/** An enrolment that was refused or did not come through. Unlike everything else here it is thrown: nobody decides yet. */
export class EnrolError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EnrolError';
    this.code = code;
  }
}

const TEXTS = ['apiKey', 'tenant', 'log', 'vkey', 'tagKey', 'kid'] as const;

/** Proves possession of the key and has it written into the log. A second try needs a new token and finds the same key. */
export async function enrol({ endpoint, token, keyFile, timeoutMs = 30_000 }: EnrolRequest): Promise<Identity> {
  const signer = ensureKeyFile(keyFile);
  const publicKey = toBase64(signer.publicKey);
  const proof = toBase64(
    signer.sign(utf8(`tenet-enrol-v1\n${createHash('sha256').update(token).digest('hex')}\n${publicKey}`)),
  );
  const awake = setInterval(() => undefined, 60_000);
  try {
    const { status, text } = await new (workParts().HttpPoster)().post({
      url: new URL('/api/v1/keys/enrol', endpoint),
      headers: { 'content-type': 'application/json', 'x-api-key': token },
      body: JSON.stringify({ publicKey, proof }),
      timeoutMs,
    });
    return { ...readAnswer(status, text, signer.keyId), endpoint, keyFile };
  } catch (error) {
    if (error instanceof EnrolError) throw error;
    throw new EnrolError('api.unavailable', `could not enrol at ${endpoint}`, { cause: error });
  } finally {
    clearInterval(awake);
  }
}

function readAnswer(status: number, text: string, keyId: string): Omit<Identity, 'endpoint' | 'keyFile'> {
  let answer: Record<string, unknown> = {};
  try {
    answer = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new EnrolError('api.unavailable', `HTTP ${status}: the answer is not JSON`);
  }
  if (status !== 200) {
    const { code, detail } = answer;
    throw new EnrolError(
      typeof code === 'string' ? code : `http.${status}`,
      typeof detail === 'string' ? detail : `HTTP ${status}`,
    );
  }
  for (const name of TEXTS)
    if (typeof answer[name] !== 'string') throw new EnrolError('api.unavailable', `the answer lacks ${name}`);
  if (answer['kid'] !== keyId) throw new EnrolError('api.unavailable', 'the answer is about another key');
  return answer as unknown as Omit<Identity, 'endpoint' | 'keyFile'>;
}
