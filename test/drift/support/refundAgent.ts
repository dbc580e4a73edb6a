import { between, pick, type AgentModel, type Factor, type Reason } from './agentModel.js';

/** Material the scorer's constants were set on. */
const factors: readonly Factor[] = [
  {
    id: 'window.over',
    base: [
      'The return was requested {n} days after delivery, outside the {w}-day window.',
      'With {n} days since delivery, the {w}-day return window has closed.',
      'Days since delivery: {n}; the window is {w} days and has passed.',
      'The {w}-day window ended before the request, made on day {n}.',
    ],
    reworded: [
      'The customer kept the parcel for {n} days although returns must be announced within {w}.',
      'It is {n} days since the goods arrived, too long for our {w} day policy.',
      'Sending goods back is possible for {w} days; this shopper wrote to us after {n}.',
      'The deadline of {w} days was missed: {n} days went by from arrival.',
    ],
  },
  {
    id: 'window.in',
    base: [
      'The return was requested {n} days after delivery, inside the {w}-day window.',
      'With {n} days since delivery, the {w}-day return window is still open.',
      'Days since delivery: {n}; the window of {w} days is kept.',
      'The request on day {n} falls within the {w}-day window.',
    ],
    reworded: [
      'The customer got in touch {n} days after the goods arrived, and returns may be announced for {w}.',
      'Only {n} days went by from arrival, which our {w} day policy allows.',
      'Sending goods back is possible for {w} days; this shopper wrote to us after {n}.',
      'The deadline of {w} days was respected, since {n} days had gone by.',
    ],
  },
  {
    id: 'condition',
    base: [
      'The item is in {c} condition.',
      'Item condition: {c}.',
      'The product was described as {c}.',
      'The returned article is {c}.',
    ],
    reworded: [
      'When it came back, the merchandise was {c}.',
      'The warehouse found the goods {c}.',
      'Inspection of the parcel showed a {c} product.',
      'What the shopper sent us looks {c}.',
    ],
  },
  {
    id: 'price',
    base: [
      'The order value is {p} USD, which needs approval level {l}.',
      'At {p} USD, the order requires approval level {l}.',
      'Order value: {p} USD (approval level {l}).',
      'The item cost {p} USD and so calls for approval level {l}.',
    ],
    reworded: [
      'The shopper paid {p} USD, a sum that has to be signed off at level {l}.',
      'Because {p} USD are involved, somebody of level {l} must agree.',
      'A purchase of {p} USD is decided on level {l}.',
      'The money in question is {p} USD; level {l} is competent.',
    ],
  },
  {
    id: 'tier',
    base: [
      'The customer has {t} status in the loyalty programme.',
      'Loyalty tier: {t}.',
      'The account belongs to the {t} tier.',
      'The buyer is a {t} member.',
    ],
    reworded: [
      'In our bonus scheme this shopper counts as {t}.',
      'This person enjoys {t} privileges as a regular.',
      'Our club lists the customer under {t}.',
      'The shopper’s rank with us is {t}.',
    ],
  },
  {
    id: 'returns',
    base: [
      'The customer returned {k} of the last {o} orders.',
      'Return history: {k} of {o} orders.',
      'Out of {o} recent orders, {k} were returned.',
      'The account shows {k} returns in {o} orders.',
    ],
    reworded: [
      'This shopper has sent back {k} purchases out of {o}.',
      'Of {o} parcels, {k} came back to us.',
      'For this person {k} in {o} deliveries ended with a refund.',
      'Goods were given back {k} times, with {o} purchases made.',
    ],
  },
  {
    id: 'damage',
    base: [
      'The carrier reported damage in transit.',
      'Damage in transit: confirmed by the carrier.',
      'The parcel was damaged by the carrier.',
      'Shipping damage was confirmed by the carrier.',
    ],
    reworded: [
      'The delivery company admits that it broke the parcel on its way.',
      'Something happened to the box during transport, as the courier says.',
      'The courier acknowledged harm done to the package en route.',
      'According to the delivery service, the goods suffered while being shipped.',
    ],
  },
  {
    id: 'opened',
    base: [
      'The seal of the packaging is not broken.',
      'Packaging: sealed, never opened.',
      'The package has not been opened.',
      'The box is still sealed.',
    ],
    reworded: [
      'Nobody has unwrapped the product yet.',
      'The original wrapping is intact.',
      'The carton was left closed by the shopper.',
      'The wrapping shows no sign of having been opened.',
    ],
  },
  {
    id: 'category',
    base: [
      'The item belongs to the category {g}.',
      'Product category: {g}.',
      'The article is listed under {g}.',
      'It is a product from {g}.',
    ],
    reworded: [
      'The shopper bought something from our {g} department.',
      'We sell this in the {g} section.',
      'The merchandise comes from the range {g}.',
      'The purchase was made in {g}.',
    ],
  },
];

const foreign = [
  'The shipping address is shared with {k} other accounts.',
  'The voucher used at checkout had run out.',
  'The customer wrote {k} messages to support in one week.',
  'The photograph in the request is blurred.',
  'The bank has opened a dispute about the payment.',
  'The product is being recalled by its maker.',
  'The serial number does not match the invoice.',
  'The customer lives on an island with slow post.',
];

export const refundAgent: AgentModel = {
  name: 'refund',
  factors,
  foreign,
  draw(random) {
    const w = pick(random, [14, 30]);
    const over = random() < 0.4;
    const n = over ? w + between(random, 1, 40) : between(random, 1, w);
    const price = between(random, 15, 900);
    const rest: Reason[] = [
      { factor: 'condition', values: { c: pick(random, ['new', 'used', 'scratched', 'defective']) } },
      { factor: 'price', values: { p: price, l: price > 400 ? 2 : 1 } },
      { factor: 'tier', values: { t: pick(random, ['bronze', 'silver', 'gold']) } },
      { factor: 'returns', values: { k: between(random, 2, 6), o: between(random, 7, 30) } },
      random() < 0.5 ? { factor: 'damage', values: {} } : { factor: 'opened', values: {} },
      { factor: 'category', values: { g: pick(random, ['electronics', 'garden', 'toys', 'shoes']) } },
    ];
    const chosen = rest.map((reason) => ({ reason, key: random() })).sort((a, b) => a.key - b.key);
    const reasons: Reason[] = [{ factor: over ? 'window.over' : 'window.in', values: { n, w } }];
    reasons.push(...chosen.slice(0, between(random, 2, 5)).map((entry) => entry.reason));
    return { outcome: over ? 'deny' : 'refund', reasons };
  },
};
