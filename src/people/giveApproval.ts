import type { AppError } from '../errors/index.js';
import { approvalEntry, approvalId } from './approvalEntry.js';
import { checkApproval } from './approvals.js';
import { personRef } from './roles.js';
import type { Approval, ApprovalEntry, ApprovalRule, ProposedApproval } from './types.js';

/** Approvals of one tenant. Implemented by db/. */
export interface ApprovalStore {
  /**
   * Decides and stores while nothing else is decided about the same thing. `decide` sees all that was said about it and gives
   * the approval to store, or throws. A crash before the commit stores nothing.
   */
  add(about: string, decide: (existing: readonly Approval[]) => Promise<Approval>): Promise<Approval>;
  /** Oldest first. */
  list(about: string): Promise<Approval[]>;
}

/** An approval's entry, or one of another kind that carries it. */
export interface SaidEntry extends Omit<ApprovalEntry, 'kind'> {
  readonly kind: 'approval' | 'waiver';
}

export interface ApprovalDeps {
  readonly approvals: ApprovalStore;
  readonly ledger: { append(entries: readonly SaidEntry[]): Promise<unknown> };
}

export interface ApprovalRequest extends ProposedApproval {
  readonly decision: Approval['decision'];
  readonly reason: string;
  readonly expiresAt?: string | null;
  readonly rule: ApprovalRule;
  /** More that the entry points to. */
  readonly links?: ApprovalEntry['links'];
  /** More that may stand against it, asked once nobody else can decide. */
  readonly check?: () => AppError | null;
  /** The entry to sign instead of `approval.given` or `approval.refused`. */
  readonly entry?: (approval: Approval) => SaidEntry;
}

/**
 * One person's word: checked, signed into the ledger, then stored. A crash between the two leaves an entry that the same
 * command finds again, since entries are named by who decided what.
 */
export async function giveApproval({ approvals, ledger }: ApprovalDeps, request: ApprovalRequest): Promise<Approval> {
  const { person, about, digest, now, decision, reason, expiresAt = null, rule, links = [] } = request;
  return approvals.add(about, async (existing) => {
    const refused = checkApproval(existing, request, rule) ?? request.check?.() ?? null;
    if (refused !== null) throw refused;
    const by = personRef(person);
    const before = existing.filter((approval) => approval.by === by && approval.digest === digest).length;
    const said = { about, digest, by, role: person.role, decision, reason, at: now.toISOString(), expiresAt };
    const approval: Approval = { ...said, id: approvalId(said, before + 1) };
    await ledger.append([request.entry?.(approval) ?? approvalEntry(approval, person, links)]);
    return approval;
  });
}
