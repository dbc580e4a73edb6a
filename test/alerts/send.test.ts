import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  channelsOf,
  mailOf,
  sendAlert,
  signWebhook,
  slackOf,
  verifyWebhook,
  webhookKey,
  type Alert,
  type AlertSettings,
} from '../../src/alerts/index.js';
import { mailReceiver, webhookReceiver, type MailReceiver, type WebhookReceiver } from './receivers.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW = new Date('2026-11-24T02:00:10.000Z');

const alert: Alert = {
  id: 'alr_1',
  key: 'sch_1 canary',
  severity: 'high',
  title: 'underwriter@1.0.0 is answered otherwise by its live model',
  facts: { schedule: 'underwriting', agent: 'underwriter@1.0.0', pAdjusted: null },
  owner: 'risk-desk',
  status: 'open',
  openedAt: NOW,
  seenAt: NOW,
  ackedAt: null,
  ackedBy: null,
  resolvedAt: null,
  resolvedBy: null,
  disposition: null,
  reason: null,
  causes: 1,
};

let hook: WebhookReceiver;
let mail: MailReceiver;
let settings: AlertSettings;

beforeEach(async () => {
  [hook, mail] = await Promise.all([webhookReceiver(), mailReceiver()]);
  settings = {
    owner: null,
    smtpUrl: mail.url,
    mailFrom: 'tenet@example.com',
    mailTo: 'risk@example.com, ops@example.com',
    webhookUrl: hook.url,
    webhookSecret: SECRET,
    slackUrl: hook.url,
    timeoutMs: 300,
  };
});
afterEach(() => Promise.all([hook.stop(), mail.stop()]));

const send = (channel: 'email' | 'webhook' | 'slack', over: Partial<Alert> = {}) =>
  sendAlert(settings, { id: 'dlv_1', channel }, { ...alert, ...over }, NOW);

describe('an alert by e-mail', () => {
  test('reaches every receiver through a real server, with what to do about it', async () => {
    await send('email');
    const [only] = mail.mails;
    expect(only?.to).toEqual(['risk@example.com', 'ops@example.com']);
    expect(only?.text).toMatch(/^Subject: \[tenet\] HIGH underwriter@1\.0\.0 is answered otherwise/m);
    expect(only?.text).toMatch(/^Message-ID: <dlv_1@tenet>/m);
    expect(only?.text).toContain('tenet alert ack alr_1');
  });

  test('is tried again when the server puts it off, and given up when it refuses it', async () => {
    mail.refusals.push(451, 550);
    await expect(send('email')).rejects.toMatchObject({ code: 'alert.delivery' });
    await expect(send('email')).rejects.toMatchObject({ code: 'alert.undeliverable' });
  });

  test('whose title holds line breaks has one subject and no header of its making', async () => {
    await send('email', { title: 'a\r\nBcc: thief@example.com\r\n\r\nbody' });
    expect(mail.mails[0]?.to).toHaveLength(2);
    expect(mail.mails[0]?.text).not.toMatch(/^Bcc:/im);
  });
});

describe('an alert by webhook', () => {
  test('is signed as Standard Webhooks say, and a receiver can tell it from a forged or an old one', async () => {
    await send('webhook');
    const [{ headers, body } = { headers: {}, body: '' }] = hook.received;
    const signed = {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    };
    expect(signed['webhook-id']).toBe('dlv_1');
    expect(verifyWebhook(SECRET, signed, body, NOW)).toBe(true);
    expect(verifyWebhook(SECRET, signed, body.replace('high', 'low'), NOW)).toBe(false);
    expect(verifyWebhook(SECRET, signed, body, new Date(NOW.getTime() + 301_000))).toBe(false);
    expect(verifyWebhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`, signed, body, NOW)).toBe(false);
    expect(JSON.parse(body)).toMatchObject({ type: 'alert.raised', data: { id: 'alr_1', severity: 'high' } });
  });

  test('is signed to the byte as the published example of the scheme', () => {
    const headers = signWebhook(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      new Date(1_614_265_330_000),
      '{"test": 2432232314}',
    );
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('that hangs is left after the time of one try', async () => {
    hook.answers.push('hang');
    const began = performance.now();
    await expect(send('webhook')).rejects.toMatchObject({ code: 'alert.delivery', message: /no answer within 0.3 s/ });
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test.each([
    [500, 'alert.delivery'],
    [429, 'alert.delivery'],
    [408, 'alert.delivery'],
    [302, 'alert.undeliverable'],
    [401, 'alert.undeliverable'],
    [410, 'alert.undeliverable'],
  ] as const)('answered %i is %s', async (status, code) => {
    hook.answers.push(status);
    await expect(send('webhook')).rejects.toMatchObject({ code });
  });

  test('refuses a secret that is too short to be one', () => {
    expect(() => webhookKey('whsec_c2hvcnQ=')).toThrow(/not one of Standard Webhooks/);
    expect(() => webhookKey(SECRET.slice(6))).toThrow();
  });
});

describe('a message', () => {
  test('to a chat mentions nobody, whatever a name holds', async () => {
    await send('slack', { title: '<!channel> & <@U1> drifted' });
    const { text } = JSON.parse(hook.received[0]?.body ?? '{}') as { text: string };
    expect(text).toContain('&lt;!channel&gt; &amp; &lt;@U1&gt; drifted');
    expect(text).not.toMatch(/<[!@#]/);
  });

  test('has one line where a title may hold anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (title) => {
        expect(mailOf({ ...alert, title }).subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect((JSON.parse(slackOf({ ...alert, title })) as { text: string }).text).not.toMatch(/[<>]/);
      }),
      { numRuns: 50 },
    );
  });

  test('goes to the channels that are configured and to no other', () => {
    const none = { ...settings, smtpUrl: null, webhookUrl: null, slackUrl: null };
    expect(channelsOf(settings)).toEqual(['email', 'webhook', 'slack']);
    expect(channelsOf(none)).toEqual([]);
    expect(channelsOf({ ...none, smtpUrl: mail.url, mailTo: null })).toEqual([]);
  });
});
