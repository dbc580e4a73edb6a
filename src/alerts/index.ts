/**
 * Alerts: what is told to whom, by e-mail, signed webhook or chat, and what people made of it. The same trouble is one alert while
 * it is not resolved; each has an owner, a disposition and a time to triage.
 * It decides nothing about drift, and keeps nothing: src/nightly says what deserves one, src/db holds them, workflows/ retry.
 * Spec: Standard Webhooks (symmetric signatures); messages hold ids, names and counts, never a value of a record.
 */
export * from './types.js';
export { signWebhook, verifyWebhook, webhookKey, type SignedHeaders } from './webhook.js';
export { mailOf, slackOf, webhookOf, type Mail } from './messages.js';
export { channelsOf, sendAlert, type AlertSettings } from './send.js';
export {
  acknowledgedEntry,
  deliveryEntry,
  dispositionOf,
  raisedEntry,
  refusal,
  resolvedEntry,
  triageMs,
  type AlertEntry,
} from './lifecycle.js';
