// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { by, openBrowser, shoot } from './browser.mjs';
import { verbena } from './festival.mjs';

describe('the demonstration that lingers', () => {
  let demo, report, screens, browser;
  before(async () => {
    const args = ['demo', '--linger', '--sales', '1200', '--seed', '7', '--json'];
    demo = spawn(verbena, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    report = await new Promise((done, failed) => {
      let text = '';
      demo.on('exit', () => failed(new Error('the demonstration ended by itself')));
      demo.stdout.on('data', (data) => {
        text += data;
        if (text.includes('\n')) done(JSON.parse(text));
      });
    });
    demo.removeAllListeners('exit');
    screens = report.screens;
    browser = await openBrowser(screens.authority);
  });
  after(async () => {
    await browser?.close();
    demo?.kill('SIGKILL');
  });
  const code = () => {
    const secret = new URL(screens.otpauth).searchParams.get('secret');
    return execFileSync('oathtool', ['--totp', '--base32', secret], { encoding: 'utf8' }).trim();
  };

  it('has told its story, agrees and conserves while its devices run on', () => {
    assert.equal(report.bands, 'emulator');
    assert.ok(report.converged && report.conserved && report.replays_agree);
    assert.deepEqual(report.unplanted, []);
  });

  it('opens a till with what it printed, and sells to the bands in the tray', async () => {
    const page = await browser.page({ viewport: { width: 1024, height: 600 }, locale: 'es-ES' });
    await page.goto(screens.till);
    await by(page, `tray-${screens.seller}`).click();
    for (const digit of screens.pin) await by(page, `pin-key-${digit}`).click();
    await by(page, 'pin-enter').click();
    await by(page, 'product-beer-50').click();
    await by(page, 'product-bocadillo').click();
    await by(page, 'tray-band-1').click();
    await by(page, 'result').waitFor();
    assert.equal(await by(page, 'result').getAttribute('data-kind'), 'paid');
    assert.match(await by(page, 'result-before').innerText(), /40,00/);
    await by(page, 'product-beer-50').click();
    await by(page, 'product-tinto').click();
    await shoot(page, 'readme-till');
    await by(page, 'tray-band-4').click();
    await page.locator('[data-testid=result][data-kind=refused]').waitFor();
    await by(page, 'taps').getByText(/^Pulseras leídas [1-9]/).waitFor();
    await page.close(); // it would sell its basket to the next band
  });

  it('says what to do when a band left too early, and sells once on tapping again', async () => {
    const page = await browser.page({ viewport: { width: 1024, height: 600 }, locale: 'es-ES' });
    await page.goto(screens.till);
    await by(page, `tray-${screens.seller}`).click();
    for (const digit of screens.pin) await by(page, `pin-key-${digit}`).click();
    await by(page, 'pin-enter').click();
    await by(page, 'product-beer-50').click();
    await by(page, 'tray-leaves').click();
    await by(page, 'tray-band-1').click();
    const pending = page.locator('[data-testid=pending][data-kind=band-again]');
    await pending.getByText('Acerque otra vez la misma pulsera').waitFor();
    await by(page, 'taps').getByText(/retiradas antes [1-9]/).waitFor();
    await shoot(page, 'till-torn');
    await by(page, 'tray-band-1').click();
    await by(page, 'result').waitFor();
    assert.equal(await by(page, 'result').getAttribute('data-kind'), 'paid');
    assert.match(await by(page, 'result-before').innerText(), /29,00/);
    assert.match(await by(page, 'result-after').innerText(), /24,50/);
  });

  it('opens a wall that is alive and tells what was planted', async () => {
    const page = await browser.page({ viewport: { width: 1440, height: 900 }, locale: 'es-ES' });
    await page.goto(screens.wall);
    await by(page, 'wall-alias').fill(screens.supervisor);
    await by(page, 'wall-passphrase').fill(screens.passphrase);
    await by(page, 'wall-code').fill(code());
    await by(page, 'wall-enter').click();
    const count = by(page, 'total-count');
    await count.waitFor();
    const first = await count.innerText();
    await page.waitForFunction(
      (old) => document.querySelector('[data-testid=total-count]').textContent !== old,
      first,
      { timeout: 10_000 },
    );
    // What tills say of themselves: some bands left too early, one was blocked.
    const neighbour = by(page, 'taps-pos-2');
    await neighbour.getByText(/\d+ retiradas antes/).waitFor();
    await by(page, 'devices')
      .getByText(/\d+ bloqueadas/)
      .first()
      .waitFor({ timeout: 60_000 });
    const alarms = await by(page, 'alarms').innerText();
    assert.match(alarms, new RegExp(report.hidden.stand));
    assert.match(alarms, new RegExp(report.destroyed.device));
    await shoot(page, 'readme-wall');
  });

  it('lets a till wait for the yes that a supervisor gives on a device of their own', async () => {
    const till = await browser.page({ viewport: { width: 1024, height: 600 }, locale: 'en-GB' });
    await till.goto(screens.till);
    await by(till, `tray-${screens.seller}`).click();
    for (const digit of screens.pin) await by(till, `pin-key-${digit}`).click();
    await by(till, 'pin-enter').click();
    await by(till, 'work-open').click();
    const amount = async (digits) => {
      for (const digit of digits) await by(till, `pad-${digit}`).click();
    };
    await by(till, 'shift-open').click();
    await amount('5000');
    await by(till, 'commit').click();
    await by(till, 'shift-drop').click();
    await amount('2000');
    await by(till, 'bag').fill('B-7');
    await by(till, 'commit').click();
    await by(till, 'asking-sentence').getByText('20.00').waitFor();
    await shoot(till, 'till-asking');

    const wall = await browser.page({ viewport: { width: 1024, height: 900 }, locale: 'en-GB' });
    await wall.goto(screens.approvals);
    await by(wall, 'wall-alias').fill(screens.supervisor);
    await by(wall, 'wall-passphrase').fill(screens.passphrase);
    await by(wall, 'wall-code').fill(code());
    await by(wall, 'wall-enter').click();
    await by(wall, 'ask-sentence').getByText('B-7').waitFor();
    await shoot(wall, 'wall-asks');
    assert.equal(await by(wall, 'ask-yes').count(), 0); // first it is read
    await by(wall, 'ask-open').click();
    assert.ok(await by(wall, 'ask-yes').isDisabled());
    await by(wall, 'ask-passphrase').fill('a guess');
    await wall.keyboard.press('Enter');
    await by(wall, 'ask-failure').getByText('That is not your passphrase.').waitFor();
    assert.equal(await by(wall, 'ask-passphrase').inputValue(), '');
    await by(wall, 'ask-passphrase').fill(screens.passphrase);
    await by(wall, 'ask-yes').click();
    await wall.locator('[data-testid=ask-result][data-kind=yes]').waitFor();
    await by(till, 'asking').waitFor({ state: 'detached' });
    await by(till, 'work-result').waitFor();
  });

  it('clears everything away when it is told to stop', async () => {
    const ground = screens.authority.replace(/\/hub\/ca\.crt$/, '');
    assert.ok(existsSync(ground));
    const ended = new Promise((done) => demo.once('exit', done));
    demo.kill('SIGTERM');
    assert.equal(await ended, 0);
    assert.equal(existsSync(ground), false);
  });
});
