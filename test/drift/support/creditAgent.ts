import { between, pick, type AgentModel, type Factor, type Reason } from './agentModel.js';

/** Not used to set the scorer's constants; one rule (a denial in an added clause) was corrected after looking at it. */
const factors: readonly Factor[] = [
  {
    id: 'term.over',
    base: [
      'The requested term of {d} months is above the {g}-month guideline for this purpose.',
      'At {d} months, the term runs past the {g}-month guideline that applies to this purpose.',
      'Term: {d} months, which exceeds the guideline of {g} months.',
      'The {g}-month guideline is exceeded by the requested term of {d} months.',
    ],
    reworded: [
      'Repayment would be spread over {d} months, although {g} months is the usual limit for such a loan.',
      'A repayment period of {d} months goes beyond the {g} months we regard as normal.',
      'The loan would run for {d} months, longer than the standard {g}.',
      'Paying back takes {d} months here, and our rule of thumb stops at {g} months.',
    ],
  },
  {
    id: 'term.within',
    base: [
      'The term of {d} months is within the {g}-month guideline.',
      'At {d} months, the requested term stays inside the guideline of {g} months.',
      'Term: {d} months, below the guideline of {g} months.',
      'The {g}-month guideline is met by the requested term of {d} months.',
    ],
    reworded: [
      'The loan would be repaid in {d} months, no longer than the standard {g}.',
      'A repayment period of {d} months is acceptable, since up to {g} months is normal.',
      'Paying back over {d} months fits our usual limit of {g}.',
      'With {d} months to repay, the loan is short enough ({g} months is the limit).',
    ],
  },
  {
    id: 'amount.high',
    base: [
      'The credit amount of {a} DM is high for a request without security, adding {p} points of risk.',
      'A credit of {a} DM counts as a large amount and adds {p} points of risk.',
      'Credit amount: {a} DM, in the high band, which adds {p} points.',
      'The amount asked for, {a} DM, falls into the high band and raises risk by {p} points.',
    ],
    reworded: [
      'The applicant wants to borrow {a} DM, a big sum that costs {p} points.',
      'Borrowing {a} DM is on the large side; that is worth {p} points of additional risk.',
      'The sum of {a} DM is sizeable, so risk goes up by {p} points.',
      'With {a} DM at stake, the exposure is considerable (+{p} points).',
    ],
  },
  {
    id: 'amount.low',
    base: [
      'The credit amount of {a} DM is modest and takes off {p} points of risk.',
      'A credit of {a} DM counts as a small amount, which lowers risk by {p} points.',
      'Credit amount: {a} DM, in the low band, minus {p} points.',
      'The amount asked for, {a} DM, falls into the low band and lowers risk by {p} points.',
    ],
    reworded: [
      'The applicant wants to borrow only {a} DM, which earns {p} points.',
      'Borrowing {a} DM is on the small side; risk drops by {p} points.',
      'The sum of {a} DM is limited, so {p} points come off.',
      'With just {a} DM at stake, the exposure is slight (-{p} points).',
    ],
  },
  {
    id: 'savings',
    base: [
      'Savings are recorded as {s}, which adds {p} points of risk.',
      'The savings account is listed as {s}: {p} points of risk.',
      'Recorded savings: {s}. This adds {p} points.',
      'The applicant has a savings level of {s}, adding {p} points to the risk score.',
    ],
    reworded: [
      'Money put aside by the applicant is noted as {s}, so risk goes up by {p} points.',
      'Our file shows {s} for savings; that costs {p} points.',
      'Reserves saved up so far: {s} (+{p} points).',
      'As to what has been saved, the entry reads {s}, worth {p} points.',
    ],
  },
  {
    id: 'checking',
    base: [
      'The checking account status is {c}, adding {p} points of risk.',
      'The balance on the checking account is {c}, which counts {p} points.',
      'Checking account: {c}; {p} points of risk are added.',
      'A checking account balance of {c} raises the risk by {p} points.',
    ],
    reworded: [
      'Day-to-day banking shows a {c} balance, so {p} points are charged.',
      'The current account is in a {c} state and costs {p} points.',
      'What the applicant holds in checking is {c} (+{p} points).',
      'Looking at the everyday account, we find it {c}: {p} points more.',
    ],
  },
  {
    id: 'checking.none',
    base: [
      'No checking account is on file.',
      'There is no checking account recorded for the applicant.',
      'Checking account: none on record.',
      'The applicant has no checking account with us.',
    ],
    reworded: [
      'We could not find a current account in the applicant’s name.',
      'A checking account does not exist for this person.',
      'The applicant does not keep an everyday account at the bank.',
      'Our records hold no current account of this customer.',
    ],
  },
  {
    id: 'job',
    base: [
      'The job level is {j}, which is worth {p} points.',
      'Employment is classed as {j}, worth {p} points.',
      'Job: {j}; {p} points.',
      'The applicant works in a {j} position, counted with {p} points.',
    ],
    reworded: [
      'The applicant earns a living in {j} work, for which {p} points are given.',
      'As an employee the applicant is rated {j} ({p} points).',
      'Occupation is entered as {j}, giving {p} points.',
      'Because the work is {j}, the occupation contributes {p} points.',
    ],
  },
  {
    id: 'housing.own',
    base: [
      'The applicant owns the home they live in.',
      'Housing: own property.',
      'The home is owned by the applicant, which supports stability.',
      'The applicant lives in their own property.',
    ],
    reworded: [
      'The applicant is a home owner.',
      'The dwelling belongs to the applicant, a sign of stability.',
      'Residence is in a house or flat of their own.',
      'The applicant has bought the home they occupy.',
    ],
  },
  {
    id: 'housing.rent',
    base: [
      'The applicant lives in rented housing.',
      'Housing: rented.',
      'The home is rented, which gives no security.',
      'The applicant rents the home they live in.',
    ],
    reworded: [
      'The applicant is a tenant.',
      'The dwelling is a rental and cannot serve as security.',
      'Accommodation is paid for by rent.',
      'Rent is paid for the place where the applicant lives.',
    ],
  },
  {
    id: 'purpose',
    base: [
      'The loan is meant for {u}.',
      'The stated purpose is {u}.',
      'Purpose of the credit: {u}.',
      'The credit is requested for {u}.',
    ],
    reworded: [
      'The applicant intends to spend the money on {u}.',
      'The funds would go towards {u}.',
      'The borrowed money is to pay for {u}.',
      'What the applicant wants to finance is {u}.',
    ],
  },
  {
    id: 'score',
    base: [
      'The total of {t} points is compared with the limit of {m} points.',
      'In total, the applicant reaches {t} points; the limit is {m}.',
      'Risk score: {t} of at most {m} points.',
      'All factors together give {t} points against a limit of {m}.',
    ],
    reworded: [
      'Adding everything up, we arrive at {t} points where {m} are allowed.',
      'The overall risk figure is {t}, to be held against a ceiling of {m}.',
      'Summed over all factors the result is {t}, with {m} as the cut-off.',
      'The final tally stands at {t} points; {m} is the threshold.',
    ],
  },
];

const foreign = [
  'The applicant has moved house several times in recent years.',
  'Recent account activity looks less regular than usual.',
  'The employer belongs to an industry that is shrinking.',
  'The applicant is {y} years old and therefore at the start of working life.',
  'The request was handed in late on a Friday.',
  'Two enquiries by other lenders were made within {y} days.',
  'The guarantor named in the form did not answer the phone.',
  'The applicant supports {k} dependants.',
];

export const creditAgent: AgentModel = {
  name: 'credit',
  factors,
  foreign,
  draw(random) {
    const guide = pick(random, [24, 36, 48]);
    const over = random() < 0.45;
    const term = over ? guide + 6 * between(random, 1, 6) : guide - 6 * between(random, 0, 2);
    const amount = between(random, 400, 15000);
    const high = amount > 5000;
    const reasons: Reason[] = [];
    const p = (): number => pick(random, [3, 5, 8, 10, 12, 15]);
    reasons.push({ factor: over ? 'term.over' : 'term.within', values: { d: term, g: guide } });
    reasons.push({ factor: high ? 'amount.high' : 'amount.low', values: { a: amount.toLocaleString('en'), p: p() } });
    if (random() < 0.75) {
      reasons.push({
        factor: 'savings',
        values: { s: pick(random, ['little', 'moderate', 'quite rich', 'rich']), p: p() },
      });
    }
    if (random() < 0.35) reasons.push({ factor: 'checking.none', values: {} });
    else if (random() < 0.7) {
      reasons.push({ factor: 'checking', values: { c: pick(random, ['little', 'moderate', 'rich']), p: p() } });
    }
    if (random() < 0.5) {
      reasons.push({
        factor: 'job',
        values: { j: pick(random, ['unskilled', 'skilled', 'highly qualified']), p: p() },
      });
    }
    if (random() < 0.6) reasons.push({ factor: random() < 0.5 ? 'housing.own' : 'housing.rent', values: {} });
    if (random() < 0.4) {
      reasons.push({
        factor: 'purpose',
        values: { u: pick(random, ['a car', 'furniture', 'radio/TV', 'education', 'business', 'repairs']) },
      });
    }
    const kept = reasons.slice(0, 2).concat(
      reasons
        .slice(2)
        .sort(() => random() - 0.5)
        .slice(0, between(random, 0, 3)),
    );
    kept.push({ factor: 'score', values: { t: between(random, 20, 80), m: 50 } });
    return { outcome: over && high ? 'decline' : 'approve', reasons: kept };
  },
};
