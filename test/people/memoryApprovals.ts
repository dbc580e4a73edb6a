import type { Approval, ApprovalStore } from '../../src/people/index.js';

/** What db/ keeps, without a database: for one caller at a time. */
export function memoryApprovals(): ApprovalStore {
  const rows: Approval[] = [];
  const list = (about: string): Approval[] => rows.filter((row) => row.about === about);
  return {
    list: (about) => Promise.resolve(list(about)),
    add: async (about, decide) => {
      const approval = await decide(list(about));
      rows.push(approval);
      return approval;
    },
  };
}
