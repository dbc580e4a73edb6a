import { AppError } from '../errors/index.js';
import { mailOf, slackOf, webhookOf } from './messages.js';
import type { Alert, AlertChannel } from './types.js';
import { signWebhook } from './webhook.js';

/** Where alerts go. A channel without its address is not used. */
export interface AlertSettings {
  readonly owner: string | null;
  readonly smtpUrl: string | null;
  readonly mailFrom: string | null;
  readonly mailTo: string | null;
  readonly webhookUrl: string | null;
  readonly webhookSecret: string | null;
  readonly slackUrl: string | null;
  /** Longest time of one try. */
  readonly timeoutMs: number;
}

export function channelsOf(settings: AlertSettings): AlertChannel[] {
  const channels: AlertChannel[] = [];
  if (settings.smtpUrl !== null && settings.mailTo !== null) channels.push('email');
  if (settings.webhookUrl !== null) channels.push('webhook');
  if (settings.slackUrl !== null) channels.push('slack');
  return channels;
}

/** What another try would not mend: the receiver refuses the message itself. */
const FINAL_STATUS = (status: number): boolean => status >= 300 && status < 500 && status !== 408 && status !== 429;

/** One try. Throws `alert.undeliverable` where no other will do, `alert.delivery` where one may. */
export async function sendAlert(
  settings: AlertSettings,
  delivery: { readonly id: string; readonly channel: AlertChannel },
  alert: Alert,
  now: Date,
): Promise<void> {
  if (delivery.channel === 'email') return sendMail(settings, delivery.id, alert);
  if (delivery.channel === 'slack') return post(settings.slackUrl, slackOf(alert), {}, settings.timeoutMs);
  const body = webhookOf(alert);
  const { webhookSecret } = settings;
  if (webhookSecret === null) throw undeliverable('no webhook secret is configured');
  const headers = signWebhook(webhookSecret, delivery.id, now, body);
  return post(settings.webhookUrl, body, { ...headers }, settings.timeoutMs);
}

/** No redirect is followed: what is signed goes to the address that was configured, and nowhere else. */
async function post(
  url: string | null,
  body: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<void> {
  if (url === null) throw undeliverable('its channel is not configured any more');
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'tenet-alerts/1', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    throw failed(
      timedOut ? `no answer within ${timeoutMs / 1000} s` : `the receiver could not be reached: ${causeCode(error)}`,
    );
  }
  await response.body?.cancel().catch(() => undefined);
  if (response.ok) return;
  if (FINAL_STATUS(response.status)) throw undeliverable(`the receiver answered ${response.status}`);
  throw failed(`the receiver answered ${response.status}`);
}

async function sendMail(settings: AlertSettings, id: string, alert: Alert): Promise<void> {
  const { smtpUrl, mailFrom, mailTo, timeoutMs } = settings;
  if (smtpUrl === null || mailTo === null) throw undeliverable('its channel is not configured any more');
  const { createTransport } = await import('nodemailer');
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport = createTransport({ url: smtpUrl, ...timeouts });
  const to = mailTo.split(',').map((address) => address.trim());
  try {
    // The same delivery tried twice is one message to a mailbox that looks at ids.
    await transport.sendMail({ from: mailFrom ?? 'tenet@localhost', to, ...mailOf(alert), messageId: `<${id}@tenet>` });
  } catch (error) {
    const { responseCode } = error as { readonly responseCode?: number };
    const what = responseCode === undefined ? causeCode(error) : `answer ${responseCode}`;
    if (responseCode !== undefined && responseCode >= 500) throw undeliverable(`the mail server refused it: ${what}`);
    throw failed(`the mail server could not be reached or put it off: ${what}`);
  } finally {
    transport.close();
  }
}

/** A code, never a message: addresses and answers of others stay out of histories and logs. */
function causeCode(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === 'string') return code;
  }
  return 'no code';
}

const undeliverable = (message: string): AppError => new AppError('alert.undeliverable', message);
const failed = (message: string): AppError => new AppError('alert.delivery', message);
