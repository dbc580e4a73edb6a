import { between, pick, type AgentModel, type Factor, type Reason } from './agentModel.js';

/** Held out: run once when the scorer was finished; nothing was changed after it. */
const factors: readonly Factor[] = [
  {
    id: 'pressure',
    base: [
      'Blood pressure was measured at {s} over {d}, which we treat as a warning sign.',
      'A blood pressure of {s}/{d} is a warning sign at this desk.',
      'The reading of {s} over {d} for blood pressure counts as a warning sign.',
      'Blood pressure {s}/{d}: warning sign.',
    ],
    reworded: [
      'The cuff showed {s} over {d}, a value that calls for caution.',
      'We are concerned because the arterial pressure stands at {s}/{d}.',
      'With {s}/{d} on the monitor, circulation needs watching.',
      'Pressure in the arteries came out at {s} over {d}; this is alarming.',
    ],
  },
  {
    id: 'fever',
    base: [
      'The patient has a temperature of {t} degrees.',
      'Temperature: {t} degrees.',
      'A temperature of {t} degrees was taken at the desk.',
      'At the desk the patient had {t} degrees.',
    ],
    reworded: [
      'The thermometer read {t} degrees.',
      'Body heat was found to be {t} degrees.',
      'This person runs a fever of {t} degrees.',
      'When checked, the forehead gave {t} degrees.',
    ],
  },
  {
    id: 'pain',
    base: [
      'The patient rates the pain at {p} out of 10.',
      'Pain score: {p} of 10.',
      'On the pain scale the patient reports {p} of 10.',
      'Pain is given as {p} on a scale of 10.',
    ],
    reworded: [
      'Asked how much it hurts, the person says {p} of 10.',
      'Suffering is put at {p} where 10 is the worst.',
      'It hurts with a strength of {p} out of 10.',
      'The ache is felt as {p} on the ten-step ladder up to 10.',
    ],
  },
  {
    id: 'onset',
    base: [
      'Symptoms started {h} hours ago.',
      'The complaint began {h} hours before arrival.',
      'Onset: {h} hours ago.',
      'It is {h} hours since the symptoms began.',
    ],
    reworded: [
      'For {h} hours now the person has been unwell.',
      'The trouble set in {h} hours back.',
      'Things have been going on for {h} hours.',
      'This has lasted {h} hours so far.',
    ],
  },
  {
    id: 'site',
    base: [
      'The complaint concerns the {s}.',
      'Location of the complaint: {s}.',
      'The patient points to the {s}.',
      'The symptoms are in the {s}.',
    ],
    reworded: [
      'It is the {s} that gives trouble.',
      'What bothers the person is the {s}.',
      'The person came because of the {s}.',
      'Something is wrong with the {s}.',
    ],
  },
  {
    id: 'breathing',
    base: [
      'Breathing is {b}.',
      'The patient’s breathing is {b}.',
      'Breathing was found to be {b}.',
      'Respiration: {b}.',
    ],
    reworded: [
      'The chest moves in a {b} way.',
      'The person draws {b} breaths.',
      'Air goes in and out in a {b} manner.',
      'As to the lungs, the pattern is {b}.',
    ],
  },
  {
    id: 'allergy.none',
    base: [
      'No allergy is known.',
      'The patient has no known allergies.',
      'Allergies: none known.',
      'There is no record of an allergy.',
    ],
    reworded: [
      'The person does not react badly to any substance, as far as we know.',
      'We have not heard of any intolerance.',
      'Nothing suggests that some drug must be avoided because of allergies.',
      'Allergic reactions have not been reported.',
    ],
  },
  {
    id: 'ambulance',
    base: [
      'The patient was brought in by ambulance.',
      'Arrival: by ambulance.',
      'An ambulance brought the patient.',
      'The patient came by ambulance.',
    ],
    reworded: [
      'Paramedics delivered this person to us.',
      'The person arrived with the emergency services.',
      'A rescue vehicle took the person here.',
      'The crew of an ambulance handed the person over.',
    ],
  },
  {
    id: 'medication',
    base: [
      'The patient takes {n} drugs every day, among them {m}.',
      'Daily drugs: {n}, including {m}.',
      'The list of daily drugs has {n} entries and names {m}.',
      'Among {n} daily drugs is {m}.',
    ],
    reworded: [
      'There is regular medication: {n} preparations, one being {m}.',
      'This person swallows {n} medicines a day, {m} being one.',
      'From day to day {n} medicines are used, for instance {m}.',
      'The person is on {m} and on {n} medicines altogether.',
    ],
  },
];

const foreign = [
  'The waiting room is full.',
  'The patient has private insurance.',
  'The patient was rude to the receptionist.',
  'A relative works in this hospital.',
  'The patient lives {k} kilometres away.',
  'The shift ends in {k} hours.',
  'The patient has been here {k} times this month.',
  'The family doctor sent no letter.',
];

export const triageAgent: AgentModel = {
  name: 'triage',
  factors,
  foreign,
  draw(random) {
    const systolic = between(random, 150, 210);
    const rest: Reason[] = [
      { factor: 'fever', values: { t: `${between(random, 36, 40)}.${between(random, 0, 9)}` } },
      { factor: 'pain', values: { p: between(random, 2, 9) } },
      { factor: 'onset', values: { h: between(random, 2, 72) } },
      { factor: 'site', values: { s: pick(random, ['chest', 'abdomen', 'left knee', 'back']) } },
      { factor: 'breathing', values: { b: pick(random, ['shallow', 'regular', 'laboured', 'fast']) } },
      random() < 0.5 ? { factor: 'allergy.none', values: {} } : { factor: 'ambulance', values: {} },
      {
        factor: 'medication',
        values: { n: between(random, 3, 14), m: pick(random, ['aspirin', 'insulin', 'warfarin', 'metformin']) },
      },
    ];
    const chosen = rest.map((reason) => ({ reason, key: random() })).sort((a, b) => a.key - b.key);
    const reasons: Reason[] = [{ factor: 'pressure', values: { s: systolic, d: between(random, 80, 120) } }];
    reasons.push(...chosen.slice(0, between(random, 2, 5)).map((entry) => entry.reason));
    return { outcome: systolic > 180 ? 'urgent' : 'wait', reasons };
  },
};
