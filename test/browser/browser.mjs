// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, with a home of its own that trusts one festival's authority and nothing else
// new: TLS, the cookie rules and the service worker are the real ones.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const fromWeb = createRequire(join(here, '..', '..', 'node', 'web', 'package.json'));
const { chromium } = fromWeb('playwright-core');
const axe = readFileSync(fromWeb.resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.VERBENA_SHOTS;

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(authority) {
  const home = mkdtempSync(join(tmpdir(), 'verbena-chromium-'));
  const store = join(home, '.pki', 'nssdb');
  mkdirSync(store, { recursive: true });
  const certutil = (...args) => execFileSync('certutil', ['-d', `sql:${store}`, ...args]);
  certutil('-N', '--empty-password');
  certutil('-A', '-n', 'festival', '-t', 'C,,', '-i', authority);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...quiet, ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
    env: { ...process.env, HOME: home },
  });
  return {
    async page(options = {}) {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      const page = await context.newPage();
      page.faults = [];
      page.on('pageerror', (error) => page.faults.push(String(error)));
      page.on('console', (message) => {
        // A refusal is an answer with a status of its own; Chromium reports each as an error.
        const answered = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !answered) page.faults.push(message.text());
      });
      return page;
    },
    async close() {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export const by = (page, id) => page.getByTestId(id);

// Sentences about what axe-core finds wrong; empty where nothing is.
export async function axeFaults(page) {
  const found = await page.evaluate(async (source) => {
    // Evaluated by the debugger, so the page's own rules against inline scripts stay in force.
    (0, eval)(source);
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await window.axe.run(document, { runOnly: tags });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`);
  }, axe);
  return found;
}

// Buttons and fields smaller than 56 x 56 CSS pixels.
export function smallTargets(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('button, input, select, a[href], summary')]
      .filter((node) => node.checkVisibility())
      .map((node) => ({ box: node.getBoundingClientRect(), html: node.outerHTML.slice(0, 120) }))
      .filter(({ box }) => box.width < 55.5 || box.height < 55.5)
      .map(({ box, html }) => `${box.width.toFixed(0)} x ${box.height.toFixed(0)}: ${html}`),
  );
}

// What reaches beyond the right edge of a page that scrolls sideways; empty where it does not.
export function sideways(page) {
  return page.evaluate(async () => {
    // A chart takes its new width a frame after the window.
    for (let i = 0; i < 3; ++i) await new Promise(requestAnimationFrame);
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((node) => node.getBoundingClientRect().right > clientWidth + 0.5)
      .map((node) => node.outerHTML.slice(0, 120));
  });
}

export async function shoot(page, name) {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}
