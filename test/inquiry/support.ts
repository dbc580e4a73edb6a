import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ActivityDeps } from '../../activities/deps.js';
import { createInquiryActivities } from '../../activities/inquiry/createInquiryActivities.js';
import { createStores, type Stores } from '../../src/db/index.js';
import {
  askStep,
  EMPTY_QUERY,
  giveRelease,
  openCase,
  type InquiryCase,
  type OpenRequest,
  type ScopeQuery,
  type StepKind,
} from '../../src/inquiry/index.js';
import { personRef, type Approval, type Person } from '../../src/people/index.js';
import { testLedger, type TestLedger } from '../support/ledger.js';

export const person = (subject: string, role: Person['role'] = 'officer'): Person => ({
  issuer: 'https://id.example',
  subject,
  name: `${subject} of Acme`,
  email: null,
  role,
});
export const [ada, ben, cyd] = [person('ada'), person('ben'), person('cyd')];

export const query = (over: Partial<ScopeQuery>): ScopeQuery => ({ ...EMPTY_QUERY, ...over });

export const request = (over: Partial<OpenRequest> = {}): OpenRequest => ({
  regime: 'gdpr-12-3',
  authority: 'Data Protection Authority',
  contact: null,
  reference: 'DPA/2026/17',
  legalBasis: 'Art. 58(1)(a)',
  channel: 'registered letter',
  authenticated: 'call back',
  receivedOn: new Date().toISOString().slice(0, 10),
  statedOn: null,
  timeZone: 'UTC',
  questions: ['Which decisions did the system make about this person, and why?'],
  ...over,
});

/** A platform with cases in it, worked by the activities themselves: no Temporal. */
export interface Office {
  readonly t: TestLedger;
  readonly stores: Stores;
  readonly deps: ActivityDeps;
  readonly productions: string;
  open(over?: Partial<OpenRequest>, by?: Person): Promise<InquiryCase>;
  /** Asks for a step and takes it. */
  step(id: string, kind: StepKind, body: unknown, by?: Person): Promise<InquiryCase>;
  approve(id: string, by: Person, over?: Partial<Pick<Approval, 'decision' | 'expiresAt'>>): Promise<InquiryCase>;
  close(): Promise<void>;
}

export async function openOffice(over: Partial<ActivityDeps> = {}): Promise<Office> {
  const t = await testLedger();
  const stores = createStores(t.platform);
  const productions = mkdtempSync(join(tmpdir(), 'tenet-test-productions-'));
  const sequencer = t.ledger.startSequencer({ intervalMs: 10 });
  const deps: ActivityDeps = {
    platform: t.platform,
    stores,
    embedder: async () => Promise.reject(new Error('nothing is scored here')),
    model: null,
    now: () => new Date(),
    availableWithinMs: 1_000,
    lanes: { isServed: async () => false },
    askModel: null,
    alerts: {
      owner: null,
      smtpUrl: null,
      mailFrom: null,
      mailTo: null,
      webhookUrl: null,
      webhookSecret: null,
      slackUrl: null,
      timeoutMs: 1_000,
    },
    productionsDir: productions,
    verifierFile: resolve(import.meta.dirname, '../../dist/inquiry-verifier.html'),
    ...over,
  };
  const activities = createInquiryActivities(deps);
  const get = async (id: string): Promise<InquiryCase> => {
    const found = await stores.inquiries.get(id);
    if (found === null) throw new Error(`no case ${id}`);
    return found;
  };
  const step: Office['step'] = async (id, kind, body, by = ada) => {
    const { rev } = await get(id);
    const asked = await askStep(stores.inquiries, { inquiry: id, kind, by: personRef(by), body, rev });
    await activities.inquiryStep(asked.id, []);
    return get(id);
  };
  return {
    t,
    stores,
    deps,
    productions,
    step,
    open: (more, by = ada) =>
      openCase(
        { tenant: t.platform.tenant, ledger: t.ledger, inquiries: stores.inquiries },
        request(more),
        personRef(by),
        new Date(),
      ),
    async approve(id, by, said = {}) {
      const approval = await giveRelease({ approvals: stores.approvals, ledger: t.ledger }, await get(id), {
        person: by,
        now: new Date(),
        decision: said.decision ?? 'approve',
        reason: 'looked at it',
        expiresAt: said.expiresAt ?? null,
      });
      return step(id, 'approve', { approval: approval.id }, by);
    },
    async close() {
      await sequencer.stop();
      await t.drop();
      rmSync(productions, { recursive: true, force: true });
    },
  };
}
