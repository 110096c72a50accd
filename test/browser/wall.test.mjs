// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { axeFaults, by, openBrowser, shoot, sideways } from './browser.mjs';
import { percentile } from './client.mjs';
import { Festival, passphrase } from './festival.mjs';

const sizes = {
  phone: { width: 320, height: 640 },
  tablet: { width: 1024, height: 600 },
  desk: { width: 1440, height: 900 },
};

describe('the wall', () => {
  let festival, browser, page;
  before(async () => {
    festival = await Festival.open();
    browser = await openBrowser(festival.authority);
    page = await browser.page({ viewport: sizes.desk });
  });
  after(async () => {
    await browser?.close();
    await festival?.close();
  });

  const fits = async (name) => {
    assert.deepEqual(await axeFaults(page), [], name);
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      assert.deepEqual(await sideways(page), [], `${name} at ${size}`);
      await shoot(page, `wall-${name}-${size}`);
    }
    await page.setViewportSize(sizes.desk);
  };
  const enter = async (words, code) => {
    await by(page, 'wall-alias').fill('s001');
    await by(page, 'wall-passphrase').fill(words);
    await by(page, 'wall-code').fill(code);
    await by(page, 'wall-enter').click();
  };
  const count = async () => Number(await by(page, 'total-count').innerText());

  it('asks for alias, passphrase and code', async () => {
    await page.goto(festival.url('hub'));
    await by(page, 'wall-alias').waitFor();
    await fits('sign-in');
    await enter('a wrong passphrase', festival.code());
    await page.getByText('That does not fit.').waitFor();
    await enter(passphrase, festival.code());
    await by(page, 'total-sales').waitFor();
  });

  it('has a sentence where nothing has been sold yet', async () => {
    assert.equal(await count(), 0);
    await fits('empty');
  });

  it('shows a sale at a till within two seconds', async () => {
    await festival.sell('water');
    await page.waitForFunction(
      () => document.querySelector('[data-testid=total-count]').textContent.trim() === '1',
    );
    const took = [];
    for (let i = 0; i < 30; ++i) {
      const before = await count();
      const began = performance.now();
      await festival.sell('beer-50');
      await page.waitForFunction(
        (old) => Number(document.querySelector('[data-testid=total-count]').textContent) > old,
        before,
        { polling: 20 },
      );
      took.push(performance.now() - began);
    }
    const p99 = percentile(took, 0.99);
    console.log(
      `figure: event on a POS -> on the wall (with the command that sells) ` +
        `p50 ${percentile(took, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (at most 2000)`,
    );
    assert.ok(p99 <= 2_000, `${p99} ms`);
    assert.match(await by(page, 'total-sales').innerText(), /137\.00/);
    assert.match(await by(page, 'stands').innerText(), /barra-1/);
    assert.match(await by(page, 'devices').innerText(), /pos-1/);
    assert.match(await by(page, 'tenders').innerText(), /[Cc]ash/);
    await fits('trading');
  });

  it('shows what a count misses as an alarm, in words', async () => {
    const node = ['--node', festival.nodes.get('pos').address];
    const second = festival.at('office', 'spares', 'supervisor-2');
    festival.run('stock', 'close', ...node, '--home', festival.at('pos'));
    festival.run('stock', 'count', ...node, '--home', festival.at('pos'), '--item', 'water:5');
    festival.run('stock', 'count', ...node, '--home', second, '--item', 'water:5');
    await by(page, 'alarms').getByText('barra-1').first().waitFor();
    await by(page, 'stock').getByText(/Water|water/).first().waitFor();
    await fits('alarm');
  });

  it('speaks Spanish', async () => {
    await by(page, 'language-es').click();
    await page.getByText('Avisos').first().waitFor();
    await fits('es');
    await by(page, 'language-en').click();
  });

  it('says since when its figures are, when nothing comes any more', async () => {
    await festival.kill('hub');
    await by(page, 'offline').waitFor({ timeout: 20_000 });
    await fits('offline');
    const gone = (text) => /ERR_|Failed to fetch/.test(text);
    assert.deepEqual(
      page.faults.filter((text) => !gone(text)),
      [],
    );
  });
});
