import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's Chromium; the variable can name another one. */
const CHROMIUM = process.env.TRAWL_TEST_CHROMIUM ?? '/usr/bin/chromium';

export const hasChromium = existsSync(CHROMIUM);

export interface OpenPage {
  page: Page;
  /** What the browser complained about: script errors, and violations of the page's policy. */
  complaints: string[];
}

/** Opens a browser for the test. */
export async function openBrowser(t: TestContext): Promise<Browser> {
  // Tests may run as root, which chromium's sandbox refuses.
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--host-resolver-rules=MAP evil.test 127.0.0.1'],
  });
  t.after(() => browser.close());
  return browser;
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A failed request is expected while the server or Redis is unreachable.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}
