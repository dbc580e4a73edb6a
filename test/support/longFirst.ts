import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = ['/test/e2e/', '/test/python/', '/test/workflows/', '/test/cli/', '/test/services/'];

/** Files that start services go first: one that begins last would be waited for alone. */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONG.findIndex((folder) => moduleId.includes(folder));
      return found === -1 ? LONG.length : found;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
