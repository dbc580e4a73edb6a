import type { AlertSettings } from '../src/alerts/index.js';
import { webhookKey } from '../src/alerts/index.js';
import type { TenetConfig } from '../src/config/index.js';

/** Checked when the worker starts: a secret that is wrong would otherwise show when the first alert is due. */
export function alertSettings({ alerts }: Pick<TenetConfig, 'alerts'>): AlertSettings {
  if (alerts.webhookSecret !== undefined) webhookKey(alerts.webhookSecret);
  return {
    owner: alerts.owner ?? null,
    smtpUrl: alerts.smtpUrl ?? null,
    mailFrom: alerts.mailFrom ?? null,
    mailTo: alerts.mailTo ?? null,
    webhookUrl: alerts.webhookUrl ?? null,
    webhookSecret: alerts.webhookSecret ?? null,
    slackUrl: alerts.slackUrl ?? null,
    timeoutMs: alerts.timeoutMs,
  };
}
