import { between, pick, type AgentModel, type Factor, type Reason } from './agentModel.js';

/** Material the scorer's constants were set on. */
const factors: readonly Factor[] = [
  {
    id: 'price.high',
    base: [
      'The offered price of {p} EUR is above the budget of {b} EUR.',
      'At {p} EUR, the offer exceeds the budget of {b} EUR.',
      'Price: {p} EUR, over the budget of {b} EUR.',
      'The budget of {b} EUR is exceeded by the offered price of {p} EUR.',
    ],
    reworded: [
      'We would have to spend {p} EUR although only {b} EUR were set aside.',
      'The bidder charges {p} EUR, which is more than the {b} EUR we can afford.',
      'With {p} EUR asked and {b} EUR available, the bid is too expensive.',
      'There is {b} EUR in the plan for this, and {p} EUR would be due.',
    ],
  },
  {
    id: 'price.ok',
    base: [
      'The offered price of {p} EUR is within the budget of {b} EUR.',
      'At {p} EUR, the offer keeps to the budget of {b} EUR.',
      'Price: {p} EUR, inside the budget of {b} EUR.',
      'The budget of {b} EUR covers the offered price of {p} EUR.',
    ],
    reworded: [
      'We would spend {p} EUR out of the {b} EUR that were set aside.',
      'The bidder charges {p} EUR, and we can afford up to {b} EUR.',
      'With {p} EUR asked and {b} EUR available, the bid is affordable.',
      'There is {b} EUR in the plan for this, enough for the {p} EUR due.',
    ],
  },
  {
    id: 'delivery',
    base: [
      'Delivery is promised within {w} weeks.',
      'The delivery time is {w} weeks.',
      'Delivery: {w} weeks after the order.',
      'The supplier delivers {w} weeks after the order is placed.',
    ],
    reworded: [
      'We would receive the goods {w} weeks from now.',
      'The shipment should reach us in {w} weeks.',
      'It takes this company {w} weeks to get the material to our door.',
      'Goods arrive {w} weeks once we sign.',
    ],
  },
  {
    id: 'quality',
    base: [
      'The quality rating of the supplier is {q}.',
      'Supplier quality is rated {q}.',
      'Quality: {q}.',
      'In the quality review the supplier was rated {q}.',
    ],
    reworded: [
      'Our inspectors consider what this company makes {q}.',
      'The workmanship of the bidder has been judged {q}.',
      'Past lots were found to be {q} by goods receiving.',
      'The standard of the products is {q}.',
    ],
  },
  {
    id: 'certificate',
    base: [
      'The {c} certificate is on file.',
      'A valid {c} certificate was supplied.',
      'Certificate: {c}, valid.',
      'The supplier holds a valid {c} certificate.',
    ],
    reworded: [
      'The bidder has been certified under {c}.',
      'Proof of {c} was handed in and has not run out.',
      'Compliance with {c} is documented.',
      'An auditor confirmed {c} for this company.',
    ],
  },
  {
    id: 'references',
    base: [
      'The supplier named {r} references.',
      'There are {r} references in the offer.',
      'References: {r}.',
      'The offer lists {r} references.',
    ],
    reworded: [
      'The bidder refers us to {r} earlier clients.',
      'We may call {r} customers of theirs.',
      'As many as {r} former clients vouch for the company.',
      'The bid comes with {r} recommendations.',
    ],
  },
  {
    id: 'late.history',
    base: [
      'The supplier was late in {l} of the last {o} orders.',
      'Late deliveries: {l} of {o} orders.',
      'Out of the last {o} orders, {l} came late.',
      'Of {o} orders, {l} were delivered late.',
    ],
    reworded: [
      'In {l} cases out of {o} the company missed the agreed date.',
      'Punctuality failed {l} times over {o} purchases.',
      'We had to wait beyond the deadline for {l} of {o} shipments.',
      'The date was not met {l} times in {o} purchases.',
    ],
  },
  {
    id: 'insurance.none',
    base: [
      'No proof of insurance was supplied.',
      'The offer comes without proof of insurance.',
      'Insurance: no proof.',
      'Proof of insurance is missing from the offer.',
    ],
    reworded: [
      'The bidder did not show us that it is insured.',
      'We were given no document about liability cover.',
      'Evidence that the company has insurance is lacking.',
      'Nothing in the bid shows insurance cover.',
    ],
  },
  {
    id: 'local',
    base: [
      'The supplier is based in the region.',
      'Location: in the region.',
      'The company has its seat in the region.',
      'The supplier’s works are in the region.',
    ],
    reworded: [
      'The bidder is a local firm.',
      'The company comes from our area.',
      'Its premises are close to us.',
      'We would be buying from a neighbour.',
    ],
  },
  {
    id: 'payment',
    base: [
      'Payment is due after {d} days.',
      'The payment term is {d} days.',
      'Payment term: {d} days net.',
      'The invoice has to be paid within {d} days.',
    ],
    reworded: [
      'We get {d} days to settle the bill.',
      'The bidder wants its money in {d} days.',
      'Accounting may take {d} days before transferring the amount.',
      'The bill can wait {d} days.',
    ],
  },
];

const foreign = [
  'The owner of the company is a friend of the buyer.',
  'The web page of the company looks outdated.',
  'The offer was the {k}th to arrive.',
  'The managing director is {y} years old.',
  'A competitor has filed a complaint.',
  'The sales team answered the phone quickly.',
  'The company employs {y} people.',
  'The offer is written in a foreign language.',
];

export const tenderAgent: AgentModel = {
  name: 'tender',
  factors,
  foreign,
  draw(random) {
    const budget = pick(random, [20000, 35000, 50000]);
    const price = Math.round(budget * (0.7 + 0.6 * random()));
    const high = price > budget;
    const money = (value: number): string => value.toLocaleString('en');
    const rest: Reason[] = [
      { factor: 'delivery', values: { w: between(random, 2, 16) } },
      { factor: 'quality', values: { q: pick(random, ['poor', 'fair', 'good', 'excellent']) } },
      { factor: 'certificate', values: { c: pick(random, ['ISO-9001', 'ISO-14001', 'EN-1090']) } },
      { factor: 'references', values: { r: between(random, 2, 12) } },
      { factor: 'late.history', values: { l: between(random, 2, 6), o: between(random, 8, 40) } },
      random() < 0.5 ? { factor: 'insurance.none', values: {} } : { factor: 'local', values: {} },
      { factor: 'payment', values: { d: pick(random, [14, 30, 60]) } },
    ];
    const chosen = rest.map((reason) => ({ reason, key: random() })).sort((a, b) => a.key - b.key);
    const reasons: Reason[] = [
      { factor: high ? 'price.high' : 'price.ok', values: { p: money(price), b: money(budget) } },
    ];
    reasons.push(...chosen.slice(0, between(random, 2, 5)).map((entry) => entry.reason));
    return { outcome: high ? 'reject' : 'accept', reasons };
  },
};
