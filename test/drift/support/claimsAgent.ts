import { between, pick, type AgentModel, type Factor, type Reason } from './agentModel.js';

/** Material the scorer's constants were set on. */
const factors: readonly Factor[] = [
  {
    id: 'damage.over',
    base: [
      'The repair estimate of {a} EUR is above the fast-track limit of {l} EUR.',
      'At {a} EUR, the estimated repair exceeds the {l} EUR limit for fast-track handling.',
      'Repair estimate: {a} EUR, over the fast-track limit of {l} EUR.',
      'The fast-track limit of {l} EUR is exceeded, as repairs are estimated at {a} EUR.',
    ],
    reworded: [
      'Fixing the car would cost {a} EUR, too much for quick settlement, which ends at {l} EUR.',
      'The workshop asks for {a} EUR; claims beyond {l} EUR do not qualify for the short procedure.',
      'With a bill of {a} EUR the claim is larger than the {l} EUR we settle straight away.',
      'Putting the damage right takes {a} EUR, more than the {l} EUR up to which we pay at once.',
    ],
  },
  {
    id: 'damage.under',
    base: [
      'The repair estimate of {a} EUR is within the fast-track limit of {l} EUR.',
      'At {a} EUR, the estimated repair stays under the {l} EUR limit for fast-track handling.',
      'Repair estimate: {a} EUR, inside the fast-track limit of {l} EUR.',
      'Repairs are estimated at {a} EUR, so the fast-track limit of {l} EUR is kept.',
    ],
    reworded: [
      'Fixing the car would cost {a} EUR, which quick settlement covers up to {l} EUR.',
      'The workshop asks for {a} EUR; the short procedure takes claims up to {l} EUR.',
      'With a bill of {a} EUR the claim is smaller than the {l} EUR we settle straight away.',
      'Putting the damage right takes {a} EUR, less than the {l} EUR up to which we pay at once.',
    ],
  },
  {
    id: 'reported.late',
    base: [
      'The accident was reported {n} days after it happened; the policy asks for {w} days.',
      'Notice came {n} days after the accident, later than the {w} days in the policy.',
      'Reporting delay: {n} days, against {w} days allowed.',
      'The claim was filed {n} days after the event, past the {w}-day period.',
    ],
    reworded: [
      'The customer waited {n} days before telling us, though {w} would have been the maximum.',
      'We heard of the crash only {n} days on, and customers have {w} days to get in touch.',
      'It took {n} days until the incident was announced, which breaks the {w} day rule.',
      'The loss was made known after {n} days instead of {w}.',
    ],
  },
  {
    id: 'police',
    base: [
      'A police report is attached to the claim.',
      'The police report was supplied with the claim.',
      'Police report: present.',
      'The claim includes a report by the police.',
    ],
    reworded: [
      'Officers recorded the accident, and we were sent their account.',
      'The file contains what the police wrote down.',
      'There is an official police record of the crash.',
      'The customer handed in the police’s written account.',
    ],
  },
  {
    id: 'police.none',
    base: [
      'No police report was supplied.',
      'The claim comes without a police report.',
      'Police report: missing.',
      'There is no police report with the claim.',
    ],
    reworded: [
      'The police did not record the accident.',
      'We were not sent any account by the police.',
      'An official police record does not exist.',
      'The file lacks a report from the police.',
    ],
  },
  {
    id: 'prior',
    base: [
      'The policyholder made {k} earlier claims in the last {y} years.',
      'There were {k} previous claims within {y} years.',
      'Earlier claims: {k} over the last {y} years.',
      'The record shows {k} prior claims during the past {y} years.',
    ],
    reworded: [
      'This customer has come to us with {k} losses over {y} years.',
      'In {y} years the customer asked us to pay {k} times.',
      'The claims history counts {k} cases for the past {y} years.',
      'Looking back {y} years, {k} incidents were notified by this person.',
    ],
  },
  {
    id: 'vehicle',
    base: [
      'The vehicle is a {v} that is {m} years old.',
      'The insured {v} is {m} years old.',
      'Vehicle: {v}, age {m} years.',
      'The damaged car, a {v}, has an age of {m} years.',
    ],
    reworded: [
      'The policy covers a {v} built {m} years ago.',
      'The car involved is a {v} with {m} years behind it.',
      'What was hit is a {v} that has been on the road for {m} years.',
      'We insure a {v} of {m} years.',
    ],
  },
  {
    id: 'weather',
    base: [
      'The weather at the time was {w}.',
      'Weather conditions were {w} when the accident happened.',
      'Weather: {w}.',
      'Conditions on the road were {w}.',
    ],
    reworded: [
      'The drive took place in {w} weather.',
      'It was {w} outside as the cars collided.',
      'Meteorological data for the hour say {w}.',
      'Drivers had to deal with {w} conditions.',
    ],
  },
  {
    id: 'fault',
    base: [
      'Fault is assessed as {f} on the side of the policyholder.',
      'The policyholder carries {f} fault.',
      'Fault of the policyholder: {f}.',
      'The policyholder is held to be at {f} fault for the accident.',
    ],
    reworded: [
      'Our customer bears {f} responsibility for the crash.',
      'Blame falls on our customer to a {f} extent.',
      'Liability of the insured driver is rated {f}.',
      'We see {f} responsibility with the person we insure.',
    ],
  },
  {
    id: 'cover',
    base: [
      'The policy has {c} cover with an excess of {e} EUR.',
      'Cover is {c}; the excess is {e} EUR.',
      'Policy cover: {c}, excess {e} EUR.',
      'The contract provides {c} cover and an excess of {e} EUR.',
    ],
    reworded: [
      'The customer bought the {c} tariff and pays the first {e} EUR.',
      'Insurance protection is {c}, and {e} EUR have to be borne by the customer.',
      'Under the {c} product the deductible amounts to {e} EUR.',
      'We owe {c} protection minus a deductible of {e} EUR.',
    ],
  },
];

const foreign = [
  'The photographs were taken with an edited time stamp.',
  'The driver’s licence had been issued only {k} months before.',
  'The workshop is not on our list of partners.',
  'The statement of the other driver differs from ours.',
  'The premium for this quarter has not been paid.',
  'The accident took place {k} kilometres from the home address.',
  'The customer called the hotline in an angry mood.',
  'A neighbour is named as the only witness.',
];

export const claimsAgent: AgentModel = {
  name: 'claims',
  factors,
  foreign,
  draw(random) {
    const limit = pick(random, [1500, 2500]);
    const amount = between(random, 300, 9000);
    const over = amount > limit;
    const reasons: Reason[] = [
      {
        factor: over ? 'damage.over' : 'damage.under',
        values: { a: amount.toLocaleString('en'), l: limit.toLocaleString('en') },
      },
    ];
    const late = random() < 0.4;
    if (late) reasons.push({ factor: 'reported.late', values: { n: between(random, 8, 60), w: 7 } });
    const rest: Reason[] = [
      random() < 0.5 ? { factor: 'police', values: {} } : { factor: 'police.none', values: {} },
      { factor: 'prior', values: { k: between(random, 2, 9), y: pick(random, [3, 5]) } },
      {
        factor: 'vehicle',
        values: { v: pick(random, ['hatchback', 'station wagon', 'van', 'convertible']), m: between(random, 2, 20) },
      },
      { factor: 'weather', values: { w: pick(random, ['dry', 'icy', 'rainy', 'foggy']) } },
      { factor: 'fault', values: { f: pick(random, ['full', 'partial', 'minor']) } },
      {
        factor: 'cover',
        values: { c: pick(random, ['basic', 'comprehensive', 'third-party']), e: pick(random, [150, 300, 500]) },
      },
    ];
    const chosen = rest.map((reason) => ({ reason, key: random() })).sort((a, b) => a.key - b.key);
    reasons.push(...chosen.slice(0, between(random, 2, 4)).map((entry) => entry.reason));
    return { outcome: over && late ? 'refer' : 'pay', reasons };
  },
};
