import type { Command } from 'commander';
import { registerAlert } from './alert.js';
import { registerApi } from './apiOpenApi.js';
import { registerConfigShow } from './configShow.js';
import { registerDb } from './db.js';
import { registerDecisionExport } from './decisionExport.js';
import { registerDecisionList } from './decisionList.js';
import { registerDecisionShow } from './decisionShow.js';
import { registerDemo } from './demo.js';
import { registerDev } from './dev.js';
import { registerDoctor } from './doctor.js';
import { registerDriftHistory } from './driftHistory.js';
import { registerDriftRun } from './driftRun.js';
import { registerDriftSchedule } from './driftSchedule.js';
import { registerGateCheck } from './gateCheck.js';
import { registerGatePlan } from './gatePlan.js';
import { registerGateProfile } from './gateProfile.js';
import { registerGateRun } from './gateRun.js';
import { registerGateShow } from './gateShow.js';
import { registerGateHistory } from './gateHistory.js';
import { registerGatePromote } from './gatePromote.js';
import { registerGateWaive } from './gateWaive.js';
import { registerImport } from './importRun.js';
import { registerInquiryCases } from './inquiryCases.js';
import { registerInquiryOpen } from './inquiryOpen.js';
import { registerInquiryPeople } from './inquiryPeople.js';
import { registerInquirySteps } from './inquirySteps.js';
import { registerInquiryVerify } from './inquiryVerify.js';
import { registerKey } from './key.js';
import { registerLedgerFsck } from './ledgerFsck.js';
import { registerLedgerStatus } from './ledgerStatus.js';
import { registerLedgerVerify } from './ledgerVerify.js';
import { registerLogin } from './login.js';
import { registerProducer } from './producer.js';
import { registerReplayDiff } from './replayDiff.js';
import { registerReplayRun } from './replayRun.js';
import { registerReplayShow } from './replayShow.js';
import { registerWorker } from './worker.js';

/**
 * Every command, in the order of `tenet --help`. A command file may import commander's types, the output and the
 * renderers; whatever is heavy (pg, Temporal, the embedder, the HTTP server) it imports inside its action, so that
 * `--help` and `ledger verify` start in the time of commander alone. A test holds them to it.
 */
export const commands: readonly ((program: Command) => void)[] = [
  registerDemo,
  registerDev,
  registerWorker,
  registerDecisionList,
  registerDecisionShow,
  registerDecisionExport,
  registerImport,
  registerProducer,
  registerLedgerStatus,
  registerLedgerVerify,
  registerLedgerFsck,
  registerInquiryOpen,
  registerInquirySteps,
  registerInquiryPeople,
  registerInquiryCases,
  registerInquiryVerify,
  registerGateCheck,
  registerGatePlan,
  registerGateRun,
  registerGateShow,
  registerGateProfile,
  registerGateWaive,
  registerGatePromote,
  registerGateHistory,
  registerReplayRun,
  registerReplayShow,
  registerReplayDiff,
  registerDriftSchedule,
  registerDriftRun,
  registerDriftHistory,
  registerAlert,
  registerLogin,
  registerDoctor,
  registerConfigShow,
  registerDb,
  registerKey,
  registerApi,
];
