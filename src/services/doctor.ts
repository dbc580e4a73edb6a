import type { TenetConfig } from '../config/index.js';
import { isAppError } from '../errors/index.js';
import { DOCTOR_CHECKS } from './doctorChecks.js';
import type { Finding } from './finding.js';
import { stateFolderOf } from './stateFolder.js';

/** Looks at everything a start would need and changes nothing: no folder, no download, no process. Never throws. */
export async function doctor(config: TenetConfig): Promise<Finding[]> {
  const context = { config, folder: stateFolderOf(config) };
  const findings = await Promise.all(
    DOCTOR_CHECKS.map(async ([name, check]): Promise<Finding[]> => {
      try {
        return (await check(context)).map((finding) => ({ name, ...finding }));
      } catch (error) {
        const fix = isAppError(error) ? error.details.fix : undefined;
        const detail = error instanceof Error ? error.message : String(error);
        return [{ name, status: 'fail', detail, fix: fix ?? 'see the detail' }];
      }
    }),
  );
  return findings.flat();
}
