import { between, pick, type AgentModel, type Factor, type Reason } from './agentModel.js';

/** Not used to set the scorer's constants; two rules (small numbers in idioms, facts before contrast) were corrected after looking at it. */
const factors: readonly Factor[] = [
  {
    id: 'noise.over',
    base: [
      'The expected noise of {n} dB is above the night limit of {l} dB.',
      'At {n} dB, the event would exceed the night limit of {l} dB.',
      'Expected noise: {n} dB, over the night limit of {l} dB.',
      'The night limit of {l} dB is exceeded by an expected noise of {n} dB.',
    ],
    reworded: [
      'It would get as loud as {n} dB after dark, when only {l} dB are tolerated.',
      'Sound levels of {n} dB are forecast; residents must not hear more than {l} dB while they sleep.',
      'With {n} dB the music is too loud for the hours after ten, for which {l} dB is the ceiling.',
      'Neighbours could face {n} dB, and {l} dB is all that may reach them late in the evening.',
    ],
  },
  {
    id: 'noise.ok',
    base: [
      'The expected noise of {n} dB is below the night limit of {l} dB.',
      'At {n} dB, the event stays under the night limit of {l} dB.',
      'Expected noise: {n} dB, within the night limit of {l} dB.',
      'The night limit of {l} dB is kept with an expected noise of {n} dB.',
    ],
    reworded: [
      'It would get no louder than {n} dB after dark, when {l} dB are tolerated.',
      'Sound levels of {n} dB are forecast, which residents may hear while they sleep (up to {l} dB).',
      'With {n} dB the music is quiet enough for the hours after ten, for which {l} dB is the ceiling.',
      'Neighbours would face {n} dB, and {l} dB may reach them late in the evening.',
    ],
  },
  {
    id: 'visitors',
    base: [
      'The organiser expects {v} visitors.',
      'Expected visitors: {v}.',
      'Attendance is estimated at {v} visitors.',
      'The application names {v} visitors.',
    ],
    reworded: [
      'A crowd of {v} people is likely to come.',
      'The form speaks of {v} guests.',
      'We should be prepared for {v} persons on the grounds.',
      'Tickets are planned for {v} people.',
    ],
  },
  {
    id: 'security',
    base: [
      'The application lists {g} security guards.',
      'Security: {g} guards.',
      'There will be {g} guards on site.',
      'The organiser has hired {g} security guards.',
    ],
    reworded: [
      'A team of {g} will watch over the crowd.',
      'Safety is looked after by {g} stewards.',
      'The host pays {g} people to keep order.',
      'Order is to be kept by a staff of {g}.',
    ],
  },
  {
    id: 'site',
    base: [
      'The event takes place in the {s}.',
      'Site: {s}.',
      'The requested site is the {s}.',
      'The {s} was requested as the site.',
    ],
    reworded: [
      'The organiser wants to use the {s}.',
      'People would gather at the {s}.',
      'It is the {s} that would be occupied.',
      'The party is to be held at the {s}.',
    ],
  },
  {
    id: 'fire.plan',
    base: [
      'A fire safety plan is attached.',
      'The fire safety plan was submitted.',
      'Fire safety plan: submitted.',
      'The application includes a fire safety plan.',
    ],
    reworded: [
      'The papers say what is to be done if a fire breaks out.',
      'How a blaze would be dealt with has been laid down in writing.',
      'Arrangements against fire have been described by the organiser.',
      'We were handed a concept for the prevention of fires.',
    ],
  },
  {
    id: 'fire.none',
    base: [
      'No fire safety plan is attached.',
      'The application comes without a fire safety plan.',
      'Fire safety plan: not submitted.',
      'A fire safety plan was not submitted.',
    ],
    reworded: [
      'The papers do not say what is to be done if a fire breaks out.',
      'How a blaze would be dealt with has not been laid down.',
      'The organiser has not described any arrangements against fire.',
      'We were handed no concept for the prevention of fires.',
    ],
  },
  {
    id: 'complaints',
    base: [
      'There were {c} complaints about the organiser in {y} years.',
      'Complaints on record: {c} in {y} years.',
      'The organiser received {c} complaints over the last {y} years.',
      'Over {y} years, {c} complaints were recorded.',
    ],
    reworded: [
      'Residents turned to us {c} times in {y} years because of this host.',
      'In {y} years this host has annoyed people {c} times.',
      'Our files hold {c} grievances against the host from {y} years.',
      'People protested {c} times within {y} years.',
    ],
  },
  {
    id: 'alcohol',
    base: [
      'Alcohol will be {a}.',
      'Alcohol: {a}.',
      'The application says that alcohol is {a}.',
      'Alcoholic drinks are {a}.',
    ],
    reworded: [
      'Beer and wine are {a} for the guests.',
      'As for drinks that make drunk, they are {a}.',
      'Spirits and beer would be {a} at the bar.',
      'Guests will find liquor {a}.',
    ],
  },
  {
    id: 'insurance',
    base: [
      'Liability insurance covers {m} EUR.',
      'The organiser is insured for {m} EUR.',
      'Liability insurance: {m} EUR.',
      'The insured sum is {m} EUR.',
    ],
    reworded: [
      'Damage would be paid for up to {m} EUR.',
      'A policy over {m} EUR is in place.',
      'The underwriter of the host stands in with {m} EUR.',
      'Victims could claim up to {m} EUR from the insurer.',
    ],
  },
];

const foreign = [
  'The organiser is a member of the town council.',
  'The band is not to the taste of the office.',
  'The application was printed on paper of a wrong format.',
  'A festival with the same name exists in another town.',
  'The weather in {k} weeks is expected to be poor.',
  'Parking places for {y} cars are missing.',
  'The mayor has been invited to speak.',
  'The organiser is {y} years old.',
];

export const permitAgent: AgentModel = {
  name: 'permit',
  factors,
  foreign,
  draw(random) {
    const limit = pick(random, [45, 55, 60]);
    const over = random() < 0.45;
    const noise = over ? limit + between(random, 1, 25) : limit - between(random, 1, 15);
    const rest: Reason[] = [
      { factor: 'visitors', values: { v: between(random, 80, 5000).toLocaleString('en') } },
      { factor: 'security', values: { g: between(random, 3, 40) } },
      { factor: 'site', values: { s: pick(random, ['market square', 'town park', 'harbour', 'sports field']) } },
      random() < 0.5 ? { factor: 'fire.plan', values: {} } : { factor: 'fire.none', values: {} },
      { factor: 'complaints', values: { c: between(random, 2, 9), y: pick(random, [3, 5]) } },
      { factor: 'alcohol', values: { a: pick(random, ['sold', 'free', 'banned']) } },
      { factor: 'insurance', values: { m: pick(random, ['100,000', '500,000', '1,000,000']) } },
    ];
    const chosen = rest.map((reason) => ({ reason, key: random() })).sort((a, b) => a.key - b.key);
    const reasons: Reason[] = [{ factor: over ? 'noise.over' : 'noise.ok', values: { n: noise, l: limit } }];
    reasons.push(...chosen.slice(0, between(random, 2, 5)).map((entry) => entry.reason));
    return { outcome: over ? 'refuse' : 'permit', reasons };
  },
};
