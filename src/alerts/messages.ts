import type { Alert } from './types.js';

type Told = Pick<Alert, 'id' | 'severity' | 'title' | 'facts' | 'owner' | 'openedAt'>;

/** A name may hold anything. One line of text, no control or direction marks, so that no header, line or sink reads more into it. */
const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 400);

const factLines = ({ facts }: Told): string[] =>
  Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${oneLine(String(value))}`]));

export interface Mail {
  readonly subject: string;
  readonly text: string;
}

export function mailOf(alert: Told): Mail {
  return {
    subject: `[tenet] ${alert.severity === 'high' ? 'HIGH ' : ''}${oneLine(alert.title)}`,
    text: [
      oneLine(alert.title),
      '',
      ...factLines(alert),
      `alert: ${alert.id}`,
      `opened: ${alert.openedAt.toISOString()}`,
      `owner: ${oneLine(alert.owner ?? 'nobody yet')}`,
      '',
      `Take it:    tenet alert ack ${alert.id}`,
      `Close it:   tenet alert resolve ${alert.id} --disposition confirmed --reason "why"`,
      '',
    ].join('\n'),
  };
}

/** Incoming-webhook form of Slack, which others read too. Its three special characters are escaped, so nobody can be mentioned. */
export function slackOf(alert: Told): string {
  const escaped = (text: string): string =>
    oneLine(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = [`*${alert.severity}*  ${escaped(alert.title)}`, ...factLines(alert).map(escaped), `\`${alert.id}\``];
  return JSON.stringify({ text: lines.join('\n') });
}

/** Standard Webhooks payload: type, timestamp, data. */
export function webhookOf(alert: Told): string {
  const { id, severity, title, facts, owner, openedAt } = alert;
  return JSON.stringify({
    type: 'alert.raised',
    timestamp: openedAt.toISOString(),
    data: { id, severity, title: oneLine(title), facts, owner },
  });
}
