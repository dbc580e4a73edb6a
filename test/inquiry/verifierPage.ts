import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
export const hasBrowser = CHROMIUM !== undefined;
if (!hasBrowser) process.stderr.write('no Chromium found: the verifier page is not tried in a browser\n');

export interface PageReading {
  readonly fingerprint: string;
  readonly verdicts: readonly string[];
  readonly text: string;
  /** What the page asked of any network. */
  readonly requests: readonly string[];
  readonly errors: readonly string[];
}

/** Opens the verifier of a package as a file, in a browser that has no network, and gives it the folder and a policy. */
export async function readInBrowser(page: string, folder: string, policy: string): Promise<PageReading> {
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext({ offline: true });
    const tab = await context.newPage();
    const requests: string[] = [];
    const errors: string[] = [];
    tab.on('request', (request) => void (request.url().startsWith('file:') || requests.push(request.url())));
    tab.on('pageerror', (error) => void errors.push(error.message));
    tab.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    await tab.goto(pathToFileURL(page).href);
    await tab.setInputFiles('#folder', folder);
    await tab.fill('#policy', policy);
    await tab.click('#check');
    await tab.waitForSelector('#result table, #result .bad', { timeout: 60_000 });
    const verdicts = await tab.locator('.verdict').allTextContents();
    return {
      fingerprint: (await tab.textContent('#fingerprint')) ?? '',
      verdicts,
      text: (await tab.textContent('#result')) ?? '',
      requests,
      errors,
    };
  } finally {
    await browser.close();
  }
}
