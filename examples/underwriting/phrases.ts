/** What the agent may say about each reason. Several phrasings each: two runs of one version differ in words, not in facts. */

export type ReasonKind =
  | 'checking'
  | 'savings'
  | 'amount'
  | 'duration'
  | 'housing'
  | 'job'
  | 'purpose'
  | 'age'
  | 'termOver'
  | 'termWithin'
  | 'conclusion';

export type Phrase = (value: Readonly<Record<string, string>>) => string;
export type PhraseBook = Readonly<Record<ReasonKind, readonly Phrase[]>>;

export const PHRASES: PhraseBook = {
  checking: [
    (v) => `The checking account balance is ${v['value']}, which adds ${v['points']}.`,
    (v) => `A checking account rated ${v['value']} adds ${v['points']} to the score.`,
    (v) => `${v['points']} are added because the checking account is ${v['value']}.`,
    (v) => `With a ${v['value']} checking account, the score rises by ${v['points']}.`,
  ],
  savings: [
    (v) => `Savings are recorded as ${v['value']}, which adds ${v['points']}.`,
    (v) => `The savings account is rated ${v['value']} and adds ${v['points']} to the score.`,
    (v) => `${v['points']} are added for savings recorded as ${v['value']}.`,
    (v) => `Savings of the class ${v['value']} raise the score by ${v['points']}.`,
  ],
  amount: [
    (v) => `The requested amount of ${v['value']} DM adds ${v['points']}.`,
    (v) => `Borrowing ${v['value']} DM raises the score by ${v['points']}.`,
    (v) => `${v['points']} are added for the credit amount of ${v['value']} DM.`,
    (v) => `An amount of ${v['value']} DM is weighed with ${v['points']}.`,
  ],
  duration: [
    (v) => `A duration of ${v['value']} months adds ${v['points']}.`,
    (v) => `Repaying over ${v['value']} months raises the score by ${v['points']}.`,
    (v) => `${v['points']} are added for a duration of ${v['value']} months.`,
    (v) => `The duration, ${v['value']} months, is weighed with ${v['points']}.`,
  ],
  housing: [
    (v) => `The housing situation is ${v['value']}, which adds ${v['points']}.`,
    (v) => `Housing recorded as ${v['value']} raises the score by ${v['points']}.`,
    (v) => `${v['points']} are added because housing is ${v['value']}.`,
    (v) => `Housing, here ${v['value']}, is weighed with ${v['points']}.`,
  ],
  job: [
    (v) => `Job class ${v['value']} adds ${v['points']}.`,
    (v) => `The job is in class ${v['value']}, which raises the score by ${v['points']}.`,
    (v) => `${v['points']} are added for job class ${v['value']}.`,
    (v) => `Employment in job class ${v['value']} is weighed with ${v['points']}.`,
  ],
  purpose: [
    (v) => `The money is meant for ${v['value']}, which keeps a low resale value.`,
    (v) => `A loan for ${v['value']} is backed by a low resale value.`,
    (v) => `The purpose, ${v['value']}, carries a low resale value.`,
    (v) => `Spending on ${v['value']} leaves a low resale value.`,
  ],
  age: [
    (v) => `At an age of ${v['value']}, the applicant has a short credit history.`,
    (v) => `The applicant's age, ${v['value']}, points to a short credit history.`,
    (v) => `An applicant who is ${v['value']} years old tends to have a short credit history.`,
    (v) => `The applicant is aged ${v['value']} and has a short credit history.`,
  ],
  termOver: [
    (v) => `The term of ${v['value']} months is over the limit of ${v['limit']} months in rule R-07.`,
    (v) => `Rule R-07 sets a limit of ${v['limit']} months and the term is ${v['value']} months.`,
    (v) => `The term runs ${v['value']} months, above the ${v['limit']} months of rule R-07.`,
    (v) => `Under rule R-07 the limit is ${v['limit']} months, and ${v['value']} months were requested.`,
  ],
  termWithin: [
    (v) => `The term of ${v['value']} months is within the limit of ${v['limit']} months in rule R-07.`,
    (v) => `Rule R-07 sets a limit of ${v['limit']} months, and a term of ${v['value']} months fits.`,
    (v) => `The term runs ${v['value']} months, inside the ${v['limit']} months of rule R-07.`,
    (v) => `Under rule R-07 the limit is ${v['limit']} months, and ${v['value']} months are inside it.`,
  ],
  conclusion: [
    (v) => `The score is ${v['points']}, so the request is ${v['outcome']}.`,
    (v) => `With a total of ${v['points']}, the request is ${v['outcome']}.`,
    (v) => `In sum the score comes to ${v['points']} and the request is ${v['outcome']}.`,
    (v) => `The request is ${v['outcome']} on a total score of ${v['points']}.`,
  ],
};
