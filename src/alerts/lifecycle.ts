import type { Json, Link } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { DISPOSITIONS, type Alert, type Delivery, type Disposition } from './types.js';

export interface AlertEntry {
  readonly kind: 'drift';
  readonly type: string;
  readonly id: string;
  readonly links: readonly Link[];
  readonly fields: readonly { readonly path: string; readonly value: Json }[];
}

function entry(id: string, type: string, links: readonly Link[], fields: Readonly<Record<string, Json>>): AlertEntry {
  return {
    kind: 'drift',
    type,
    id,
    links,
    fields: Object.entries(fields).map(([name, value]) => ({ path: `/${name}`, value })),
  };
}

/** The first raising is the alert's own entry; each later one is another that links to it. */
export function raisedEntry(alert: Alert, cause: string, repeated: boolean): AlertEntry {
  const { id, key, severity, title, facts, owner } = alert;
  const links: Link[] = [{ rel: 'finding', id: cause }, ...(repeated ? [{ rel: 'alert', id }] : [])];
  return entry(repeated ? `${id}.${cause}` : id, 'alert.raised', links, {
    alert: id,
    key,
    severity,
    title,
    facts: facts,
    owner,
    repeated,
  });
}

/** Milliseconds until a person took it; null while nobody has. */
export const triageMs = ({ openedAt, ackedAt, resolvedAt }: Alert): number | null => {
  const taken = ackedAt ?? resolvedAt;
  return taken === null ? null : taken.getTime() - openedAt.getTime();
};

export function acknowledgedEntry(alert: Alert): AlertEntry {
  return entry(`${alert.id}.ack`, 'alert.acknowledged', [{ rel: 'alert', id: alert.id }], {
    alert: alert.id,
    by: alert.ackedBy,
    owner: alert.owner,
    at: alert.ackedAt?.toISOString() ?? null,
    triageMs: triageMs(alert),
  });
}

export function resolvedEntry(alert: Alert): AlertEntry {
  return entry(`${alert.id}.end`, 'alert.resolved', [{ rel: 'alert', id: alert.id }], {
    alert: alert.id,
    by: alert.resolvedBy,
    disposition: alert.disposition,
    reason: alert.reason,
    at: alert.resolvedAt?.toISOString() ?? null,
    triageMs: triageMs(alert),
    causes: alert.causes,
  });
}

/** Where it went, or that it was given up. The address stays in the configuration. */
export function deliveryEntry({ id, alert, channel, status, attempts, error }: Delivery): AlertEntry {
  return entry(id, 'alert.delivery', [{ rel: 'alert', id: alert }], { alert, channel, status, attempts, error });
}

export function dispositionOf(text: string): Disposition {
  const found = DISPOSITIONS.find((known) => known === text);
  if (found !== undefined) return found;
  throw new AppError('usage.invalid', 'this is no disposition', {
    field: '--disposition',
    expected: DISPOSITIONS.join(', '),
    got: text.slice(0, 80),
  });
}

/** Why this alert can't be taken or closed now; null when it can. */
export function refusal(alert: Alert | null, id: string, act: 'acknowledge' | 'resolve'): AppError | null {
  if (alert === null) {
    return new AppError('not_found', `there is no alert ${id}`, {
      field: 'ALERT',
      fix: 'see them: tenet alert list --all',
    });
  }
  if (alert.status === 'resolved') {
    const message = `${id} was resolved by ${alert.resolvedBy ?? 'somebody'} as ${alert.disposition ?? 'unknown'}`;
    return new AppError('alert.closed', message, { field: 'ALERT' });
  }
  if (act === 'acknowledge' && alert.status === 'acknowledged')
    return new AppError('alert.closed', `${id} was taken by ${alert.ackedBy ?? 'somebody'}`, { field: 'ALERT' });
  return null;
}
