import type { Alert, Delivery } from '../../alerts/index.js';

export interface AlertView {
  readonly alert: string;
  readonly severity: string;
  readonly status: string;
  readonly title: string;
  readonly facts: Alert['facts'];
  readonly owner: string | null;
  readonly openedAt: string;
  readonly seenAt: string;
  readonly times: number;
  readonly ackedBy: string | null;
  readonly resolvedBy: string | null;
  readonly disposition: string | null;
  readonly reason: string | null;
  readonly triageMs: number | null;
}

/** `triageMs` is src/alerts'; it is handed in so that this file loads nothing. */
export const alertView = (alert: Alert, triageMs: number | null): AlertView => ({
  alert: alert.id,
  severity: alert.severity,
  status: alert.status,
  title: alert.title,
  facts: alert.facts,
  owner: alert.owner,
  openedAt: alert.openedAt.toISOString(),
  seenAt: alert.seenAt.toISOString(),
  times: alert.causes,
  ackedBy: alert.ackedBy,
  resolvedBy: alert.resolvedBy,
  disposition: alert.disposition,
  reason: alert.reason,
  triageMs,
});

export interface DeliveryView extends Omit<Delivery, 'id' | 'updatedAt'> {
  readonly delivery: string;
  readonly updatedAt: string;
}

export const deliveryView = ({ id, updatedAt, ...delivery }: Delivery): DeliveryView => ({
  delivery: id,
  ...delivery,
  updatedAt: updatedAt.toISOString(),
});
