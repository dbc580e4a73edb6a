import { AppError } from '../src/errors/index.js';
import { deliveryEntry, sendAlert, type Delivery } from '../src/alerts/index.js';
import type { ActivityDeps } from './deps.js';
import type { AlertActivities } from './types.js';

export function createAlertActivities(deps: ActivityDeps): AlertActivities {
  const { stores, platform, alerts: settings, now } = deps;
  const load = async (id: string): Promise<Delivery> => {
    const delivery = await stores.alerts.delivery(id);
    if (delivery !== null) return delivery;
    throw new AppError('not_found', `delivery ${id} does not exist`, { field: 'delivery' });
  };
  const ended = async (delivery: Delivery | null): Promise<void> => {
    if (delivery !== null) await platform.ledger.append([deliveryEntry(delivery)]);
  };
  return {
    async deliverAlert(id) {
      const delivery = await load(id);
      if (delivery.status === 'delivered') return ended(delivery);
      const alert = await stores.alerts.get(delivery.alert);
      if (alert === null) throw new AppError('not_found', `alert ${delivery.alert} does not exist`, { field: 'alert' });
      try {
        await sendAlert(settings, delivery, alert, now());
      } catch (error) {
        await stores.alerts.tried(id, 'pending', error instanceof Error ? error.message : 'it failed');
        throw error;
      }
      await ended(await stores.alerts.tried(id, 'delivered', null));
    },

    async deadLetter(id, reason) {
      const delivery = await load(id);
      if (delivery.status === 'pending') await ended(await stores.alerts.tried(id, 'dead', reason));
    },
  };
}
