import type { ErrorKind } from './kind.js';

interface CodeRow {
  readonly kind: ErrorKind;
  /** Overrides of what the kind implies. */
  readonly http?: number;
  readonly exit?: number;
  readonly about: string;
}

const row = (kind: ErrorKind, about: string, over: { http?: number; exit?: number } = {}): CodeRow => ({
  kind,
  about,
  ...over,
});

/** Every code that a user, an HTTP client or a workflow can meet. A code is never renamed; add, do not edit. */
export const ERROR_CODES = {
  'usage.invalid': row('InvalidInput', 'a command line argument or flag is wrong', { exit: 2 }),
  'config.invalid': row('InvalidInput', 'a configuration value or key is wrong', { exit: 2 }),
  'input.invalid': row('InvalidInput', 'a request body, file or row does not fit its schema'),
  'input.media_type': row('InvalidInput', 'a request body has another media type or encoding', { http: 415 }),
  'input.too_large': row('InvalidInput', 'a body or value is over its limit', { http: 413 }),
  'input.too_deep': row('InvalidInput', 'a JSON text nests arrays and objects too deeply'),
  'record.invalid': row('InvalidInput', 'a decision record or its leaf does not fit the format', { http: 422 }),
  'record.signature': row('InvalidInput', 'the signature of a record does not verify', { http: 422 }),
  'record.disclosure': row('InvalidInput', 'a disclosure does not match its digest', { http: 422 }),
  'record.after': row('InvalidInput', 'the cited checkpoint is not one of this log', { http: 422 }),
  'record.key_unknown': row('InvalidInput', 'the record key is not enrolled, or is retired or revoked', { http: 403 }),
  'record.key_role': row('InvalidInput', 'a key of this role may not sign this kind of entry', { http: 403 }),
  'record.conflict': row('Conflict', 'this producer already used the sequence number for other bytes'),
  'auth.missing': row('InvalidInput', 'no API key was sent', { http: 401, exit: 4 }),
  'auth.invalid': row('InvalidInput', 'the API key is unknown or expired', { http: 401, exit: 4 }),
  'auth.forbidden': row('InvalidInput', 'the API key lacks the scope for this call', { http: 403, exit: 4 }),
  'auth.login_required': row('InvalidInput', 'a person has to log in for this', { http: 401, exit: 4 }),
  'auth.token': row('InvalidInput', 'the ID token of a person does not verify or has ended', { http: 401, exit: 4 }),
  'auth.role_missing': row('InvalidInput', 'the person lacks the role for this', { http: 403, exit: 4 }),
  'auth.issuer_unavailable': row('Unavailable', 'the issuer of people could not be reached or refused the call'),
  'approval.own_request': row('InvalidInput', 'nobody decides what they asked for', { http: 403, exit: 4 }),
  'approval.same_person': row('Conflict', 'this person has decided already; another one is needed', { exit: 4 }),
  'approval.late': row('Conflict', 'it can no longer be decided'),
  'approval.other': row('Conflict', 'the approval is for another thing, or another state of it'),
  'waiver.forbidden': row('InvalidInput', 'the policy lets nobody waive this decision', { http: 403, exit: 4 }),
  'waiver.nothing': row('InvalidInput', 'the decision is no high-risk flip of this gate'),
  'promotion.not_passed': row('Conflict', 'the gate that is named did not pass', { exit: 3 }),
  'waiver.closed': row('Conflict', 'the waiver was decided or ended already'),
  'spool.invalid': row('InvalidInput', 'a sealed spool body is malformed or does not open'),
  'spool.seal_key_unknown': row('InvalidInput', 'the records are sealed to a key this platform does not hold', {
    http: 410,
  }),
  not_found: row('NotFound', 'no such decision, run, gate or key'),
  'agent.digest_changed': row('Conflict', 'this version was registered with other code'),
  'agent.invalid': row('InvalidInput', 'the agent module does not export one wrapped agent'),
  'agent.not_registered': row('NotFound', 'this agent version was never registered', { exit: 5 }),
  'agent.not_available': row('Unavailable', 'no worker serves this agent version', { exit: 5 }),
  'mapping.invalid': row('InvalidInput', 'an import mapping file does not validate', { exit: 2 }),
  'policy.invalid': row('InvalidInput', 'a gate policy file does not validate', { exit: 2 }),
  'cohort.empty': row('InvalidInput', 'no recorded decision fits the cohort'),
  'replay.run_closed': row('Conflict', 'the run takes no results and hands out no batches in its state'),
  'budget.exhausted': row('Conflict', 'a hard stop by calls, tokens or cost was reached', { exit: 5 }),
  'inquiry.state': row('Conflict', 'this step of an inquiry is not possible in its state'),
  'inquiry.scope_empty': row('InvalidInput', 'the scope or hold matches no entry of the log'),
  'inquiry.mismatch': row('IntegrityViolation', 'what was collected and what the log holds do not agree'),
  'hold.active': row('Conflict', 'a legal hold keeps these records: nothing was erased'),
  'ledger.pending': row('Unavailable', 'accepted entries are not under a checkpoint yet', { exit: 8 }),
  'ledger.halted': row('IntegrityViolation', 'this log was halted; the stored reason says why'),
  'ledger.root_mismatch': row('IntegrityViolation', 'leaves and head of the log do not agree'),
  'ledger.signer_ahead': row('IntegrityViolation', 'the signer has signed a larger tree than the database holds'),
  'ledger.signer_refused': row('IntegrityViolation', 'the signer refused an inconsistent head'),
  'ledger.disclosure': row('IntegrityViolation', 'a stored disclosure does not open or match'),
  'bundle.invalid': row('IntegrityViolation', 'an evidence bundle does not verify'),
  'db.unavailable': row('Unavailable', 'Postgres could not be reached or started'),
  'db.newer': row('Conflict', 'the database was migrated by a newer version'),
  'db.migration_edited': row('IntegrityViolation', 'an applied migration file was edited', { exit: 1 }),
  'temporal.unavailable': row('Unavailable', 'the Temporal server could not be reached or started'),
  'workflow.failed': row('Unavailable', 'a workflow ended without its result; the message says what Temporal says'),
  'platform.not_running': row('Unavailable', 'no platform worker works on gates and runs'),
  'services.port_in_use': row('Unavailable', 'a port is taken by another process'),
  'services.state_newer': row('Conflict', 'the state folder was written by a newer version'),
  'services.state_unusable': row('InvalidInput', 'the state folder is damaged or cannot be written'),
  'services.process_failed': row('Unavailable', 'a process of ours did not start or ended early'),
  'services.tool_missing': row('Unavailable', 'a tool could not be found or fetched'),
  'api.busy': row('Unavailable', 'too many requests at once; the answer says when to come back', { http: 429 }),
  'api.rate_limited': row('Unavailable', 'this API key asks too often; the answer says when to come back', {
    http: 429,
  }),
  'api.backlog': row('Unavailable', 'more entries wait for their place in the log than may; try again later'),
  'api.unavailable': row('Unavailable', 'the Tenet API could not be reached'),
  'embedder.invalid': row('InvalidInput', 'an embedder answered with unusable vectors'),
  'embedder.unavailable': row('Unavailable', 'the embedding server could not be reached or refused the call'),
  'alert.delivery': row('Unavailable', 'an alert could not be delivered this time'),
  'alert.undeliverable': row('InvalidInput', 'the receiver of an alert refuses it, or its channel is not configured'),
  'alert.closed': row('Conflict', 'the alert was taken or resolved already'),
  interrupted: row('Unavailable', 'stopped by the user', { exit: 130 }),
  internal: row('Unavailable', 'a fault of ours', { http: 500 }),
} as const satisfies Record<string, CodeRow>;

export type ErrorCode = keyof typeof ERROR_CODES;

export function codeRow(code: ErrorCode): CodeRow {
  return ERROR_CODES[code];
}
