import type { PhraseBook } from './phrases.js';

/** The same facts in words that the first phrase book never uses: the wording of version 1.0.1. */
export const REWORDED: PhraseBook = {
  checking: [
    (v) => `We see a ${v['value']} balance on the current account for checking and count ${v['points']} for it.`,
    (v) => `Because the checking balance looks ${v['value']}, ${v['points']} go onto the risk total.`,
    (v) => `Risk from the checking account (${v['value']}) contributes ${v['points']}.`,
  ],
  savings: [
    (v) => `We see ${v['value']} savings on file and count ${v['points']} for them.`,
    (v) => `Because the savings on file look ${v['value']}, ${v['points']} go onto the risk total.`,
    (v) => `Risk from savings (${v['value']}) contributes ${v['points']}.`,
  ],
  amount: [
    (v) => `We count ${v['points']} for a loan as large as ${v['value']} DM.`,
    (v) => `Because the loan amounts to ${v['value']} DM, ${v['points']} go onto the risk total.`,
    (v) => `Risk from the size of the loan (${v['value']} DM) contributes ${v['points']}.`,
  ],
  duration: [
    (v) => `We count ${v['points']} for repayment stretched across ${v['value']} months.`,
    (v) => `Because repayment takes ${v['value']} months, ${v['points']} go onto the risk total.`,
    (v) => `Risk from the length of repayment (${v['value']} months) contributes ${v['points']}.`,
  ],
  housing: [
    (v) => `We see housing as ${v['value']} and count ${v['points']} for it.`,
    (v) => `Because the home is listed as ${v['value']} housing, ${v['points']} go onto the risk total.`,
    (v) => `Risk from housing (${v['value']}) contributes ${v['points']}.`,
  ],
  job: [
    (v) => `We see work in job class ${v['value']} and count ${v['points']} for it.`,
    (v) => `Because the work falls into job class ${v['value']}, ${v['points']} go onto the risk total.`,
    (v) => `Risk from employment (job class ${v['value']}) contributes ${v['points']}.`,
  ],
  purpose: [
    (v) => `What is bought, ${v['value']}, would bring a low price when sold again.`,
    (v) => `Because ${v['value']} is being bought, the resale price would be low.`,
  ],
  age: [
    (v) => `Someone aged ${v['value']} has had a short time to build a credit record.`,
    (v) => `At ${v['value']} years of age the credit record is short.`,
  ],
  termOver: [
    (v) =>
      `Rule R-07 caps repayment at ${v['limit']} months; this loan asks for ${v['value']} months, which exceeds the cap.`,
    (v) =>
      `Asking for ${v['value']} months goes past the cap of ${v['limit']} months that rule R-07 puts on repayment.`,
    (v) => `The cap in rule R-07, ${v['limit']} months, is exceeded by a loan of ${v['value']} months.`,
  ],
  termWithin: [
    (v) =>
      `Rule R-07 caps repayment at ${v['limit']} months; this loan asks for ${v['value']} months and respects the cap.`,
    (v) => `Asking for ${v['value']} months respects the cap of ${v['limit']} months that rule R-07 puts on repayment.`,
    (v) => `The cap in rule R-07, ${v['limit']} months, leaves room for a loan of ${v['value']} months.`,
  ],
  conclusion: [
    (v) => `Taken together the risk total reaches ${v['points']}, and our answer reads ${v['outcome']}.`,
    (v) => `Our answer reads ${v['outcome']}, given a risk total that reaches ${v['points']}.`,
    (v) => `Adding everything up gives ${v['points']}; the application is therefore ${v['outcome']}.`,
  ],
};
