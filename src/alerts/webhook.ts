import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors/index.js';

/** Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes. */
const PREFIX = 'whsec_';
const KEY = { least: 24, most: 64 } as const;
/** How far a receiver lets clocks differ, seconds. */
const TOLERANCE_S = 300;

export function webhookKey(secret: string): Uint8Array {
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '', 'base64');
  if (key.length >= KEY.least && key.length <= KEY.most) return key;
  throw new AppError('config.invalid', 'the webhook secret is not one of Standard Webhooks', {
    field: 'alerts.webhookSecret',
    expected: `${PREFIX} and base64 of ${KEY.least} to ${KEY.most} bytes`,
    fix: "make one: node -e \"console.log('whsec_' + crypto.randomBytes(32).toString('base64'))\"",
  });
}

export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** Spec: Standard Webhooks, symmetric signatures: HMAC-SHA-256 over "id.timestamp.body". */
export function signWebhook(secret: string, id: string, at: Date, body: string): SignedHeaders {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac(secret, id, timestamp, body)}`,
  };
}

const mac = (secret: string, id: string, timestamp: string, body: string): string =>
  createHmac('sha256', webhookKey(secret)).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64');

/** For receivers: any of the signatures may be ours, and an old message is refused. */
export function verifyWebhook(secret: string, headers: SignedHeaders, body: string, now: Date): boolean {
  const timestamp = headers['webhook-timestamp'];
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_S) return false;
  const expected = Buffer.from(mac(secret, headers['webhook-id'], timestamp, body), 'utf8');
  return headers['webhook-signature'].split(' ').some((signature) => {
    const given = Buffer.from(signature.startsWith('v1,') ? signature.slice(3) : '', 'utf8');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
