export const CHANNELS = ['email', 'webhook', 'slack'] as const;
export type AlertChannel = (typeof CHANNELS)[number];

export type AlertStatus = 'open' | 'acknowledged' | 'resolved';

/** What became of it, said by a person: that, and not the alert, is the evidence of monitoring. */
export const DISPOSITIONS = ['confirmed', 'false-alarm', 'expected', 'fixed'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export interface Alert {
  readonly id: string;
  /** The same trouble has the same key: while it is not resolved it is one alert. */
  readonly key: string;
  readonly severity: 'high' | 'low';
  /** Names, counts and shares; no value of any record. */
  readonly title: string;
  readonly facts: Readonly<Record<string, string | number | null>>;
  readonly owner: string | null;
  readonly status: AlertStatus;
  readonly openedAt: Date;
  /** When it was last raised. */
  readonly seenAt: Date;
  readonly ackedAt: Date | null;
  readonly ackedBy: string | null;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly disposition: Disposition | null;
  readonly reason: string | null;
  /** Times it was raised. */
  readonly causes: number;
}

export interface NewAlert extends Pick<Alert, 'key' | 'severity' | 'title' | 'facts' | 'owner'> {
  /** Entry that it comes from. */
  readonly cause: string;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'dead';

export interface Delivery {
  /** Stays the same over all tries: receivers know a repetition by it. */
  readonly id: string;
  readonly alert: string;
  readonly channel: AlertChannel;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** Of the last try. */
  readonly error: string | null;
  readonly updatedAt: Date;
}

export interface AlertStore {
  /** `opened`: there was none of this key; `repeated`: there was, and this cause is new to it. */
  raise(alert: NewAlert): Promise<{ readonly alert: Alert; readonly opened: boolean; readonly repeated: boolean }>;
  get(id: string): Promise<Alert | null>;
  /** Open ones first, newest first. */
  list(filter: { readonly all: boolean; readonly limit: number }): Promise<Alert[]>;
  acknowledge(id: string, by: string, owner: string, at: Date): Promise<Alert | null>;
  resolve(
    id: string,
    end: { readonly by: string; readonly disposition: Disposition; readonly reason: string; readonly at: Date },
  ): Promise<Alert | null>;
  /** Makes what is not there yet. */
  addDeliveries(alert: string, channels: readonly AlertChannel[]): Promise<Delivery[]>;
  delivery(id: string): Promise<Delivery | null>;
  /** Of one alert, or those that were given up. */
  deliveries(filter: {
    readonly alert: string | null;
    readonly dead: boolean;
    readonly limit: number;
  }): Promise<Delivery[]>;
  /** One try more. A delivered one stays delivered. */
  tried(id: string, status: DeliveryStatus, error: string | null): Promise<Delivery | null>;
}
