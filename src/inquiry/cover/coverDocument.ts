import type { CoverDocument } from './document.js';
import type { CoverFacts } from './facts.js';
import { firstPage } from './firstPage.js';
import { otherPages } from './otherPages.js';

export const coverDocument = (facts: CoverFacts): CoverDocument => ({
  title: `Production ${facts.version}, inquiry ${facts.inquiry}`,
  language: 'en',
  pages: [firstPage(facts), ...otherPages(facts)],
});
