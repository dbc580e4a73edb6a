import { CancellationScope } from '@temporalio/workflow';
import { causeOf } from './failure.js';
import { deadLetter, deliverAlert } from './proxies.js';

/** One alert to one channel: tried for hours, at growing distances, then listed as given up. */
export async function alertDeliveryWorkflow(deliveryId: string): Promise<'delivered' | 'dead'> {
  try {
    await deliverAlert(deliveryId);
    return 'delivered';
  } catch (error) {
    const { message } = causeOf(error);
    await CancellationScope.nonCancellable(() => deadLetter(deliveryId, message));
    return 'dead';
  }
}
