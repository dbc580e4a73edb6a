import type { AlertView, DeliveryView } from '../views/alert.js';
import { asCalled } from '../called.js';
import { seconds } from './numbers.js';
import { table } from './table.js';
import { clip } from './width.js';

export function alertTable(views: readonly AlertView[]): string[] {
  if (views.length === 0) return [asCalled('no open alerts; all of them: tenet alert list --all')];
  const titles = ['ALERT', 'SEVERITY', 'STATUS', 'OPENED', 'TIMES', 'OWNER', 'TAKEN AFTER', 'WHAT'];
  return table(
    titles.map((title) => ({ title })),
    views.map((view) => [
      view.alert,
      view.severity,
      view.disposition === null ? view.status : `${view.status}: ${view.disposition}`,
      view.openedAt,
      String(view.times),
      clip(view.owner ?? '–', 30),
      view.triageMs === null ? '–' : seconds(view.triageMs),
      clip(view.title, 80),
    ]),
  );
}

export function deadTable(views: readonly DeliveryView[]): string[] {
  if (views.length === 0) return ['every alert reached its receivers, or is still tried'];
  const titles = ['DELIVERY', 'ALERT', 'CHANNEL', 'TRIES', 'GIVEN UP', 'WHY'];
  return table(
    titles.map((title) => ({ title })),
    views.map((view) => [
      view.delivery,
      view.alert,
      view.channel,
      String(view.attempts),
      view.updatedAt,
      clip(view.error ?? '–', 80),
    ]),
  );
}
