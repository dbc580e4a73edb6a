import type { RecordSigner } from '@tenet-ledger/record';
import type { GhostProblem } from '../config.js';
import { createPipeline } from '../delivery/pipeline.js';
import type { Pipeline } from '../delivery/pipelinePort.js';
import { nodeSigner, readPrivateKey } from '../identity/nodeKeys.js';
import { compileRedaction } from '../redact/index.js';
import type { PlainSettings } from './settings.js';

/** The pipeline of the thread that calls this. `signer`: where the settings hold no key. */
export function makePipeline(
  settings: PlainSettings,
  problem: (problem: GhostProblem) => void,
  signer: RecordSigner | undefined = signerOf(settings),
): Pipeline {
  if (signer === undefined) throw new TypeError('there is no key to sign with');
  const { keyPem: _, redact, ...plain } = settings;
  return createPipeline({
    ...plain,
    signer,
    redact: compileRedaction(redact),
    problem,
    now: () => Date.now(),
    random: () => Math.random(),
  });
}

const signerOf = ({ keyPem }: PlainSettings): RecordSigner | undefined =>
  keyPem === undefined ? undefined : nodeSigner(readPrivateKey(keyPem));
