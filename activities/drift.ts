import { abandonScan } from './abandonScan.js';
import { compareRuns } from './compareRuns.js';
import type { ActivityDeps } from './deps.js';
import { judgeScan } from './judgeScan.js';
import { observeCanary } from './observeCanary.js';
import { prepareScan } from './prepareScan.js';
import type { DriftActivities } from './types.js';

export const createDriftActivities = (deps: ActivityDeps): DriftActivities => ({
  prepareScan: (request) => prepareScan(deps, request),
  observeCanary: (scanId) => observeCanary(deps, scanId),
  judgeScan: (scanId) => judgeScan(deps, scanId, null),
  abandonScan: (request, code, reason) => abandonScan(deps, request, code, reason),
  compareRuns: (request) => compareRuns(deps, request),
});
