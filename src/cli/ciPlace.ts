/** Where a CI job runs: part of what makes two requests one gate, and what its record names. */
export interface CiPlace {
  /** owner/name; null outside CI. */
  readonly repository: string | null;
  readonly revision: string | null;
}

/** GitHub, then GitLab, by the variables that they set for every job. */
export function ciPlace(env: NodeJS.ProcessEnv): CiPlace {
  const first = (...names: readonly string[]): string | null => {
    const value = names.map((name) => env[name]?.trim()).find((text) => text !== undefined && text !== '');
    return value === undefined ? null : value.slice(0, LONGEST);
  };
  return {
    repository: first('GITHUB_REPOSITORY', 'CI_PROJECT_PATH'),
    revision: first('GITHUB_SHA', 'CI_COMMIT_SHA'),
  };
}

const LONGEST = 200;
