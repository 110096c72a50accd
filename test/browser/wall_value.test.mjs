// SPDX-License-Identifier: Apache-2.0
// Vouchers and lost bands on the wall: what is issued, spent and open, and what a help desk can
// still do, as the commands made it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { axeFaults, by, openBrowser, shoot, sideways } from './browser.mjs';
import { Festival, passphrase } from './festival.mjs';

const sizes = {
  phone: { width: 320, height: 640 },
  tablet: { width: 1024, height: 600 },
  desk: { width: 1440, height: 900 },
};

describe('value on the wall', () => {
  let festival, browser, page;
  const at = (name) => [
    '--home',
    festival.at(name),
    '--node',
    festival.nodes.get(name).address,
  ];

  before(async () => {
    festival = await Festival.open();
    browser = await openBrowser(festival.authority);
    page = await browser.page({ viewport: sizes.desk, acceptDownloads: true });
    await page.goto(festival.url('hub'));
    await by(page, 'wall-alias').fill('s003');
    await by(page, 'wall-passphrase').fill(passphrase);
    await by(page, 'wall-code').fill(festival.code(festival.auditorSecret));
    await by(page, 'wall-enter').click();
    await by(page, 'tab-overview').waitFor();
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
      await shoot(page, `wall-value-${name}-${size}`);
    }
    await page.setViewportSize(sizes.desk);
  };
  // Until the hub has heard of it: a report is as old as it says.
  const until = async (there) => {
    for (let i = 0; i < 100; ++i) {
      if (await there()) return;
      for (const id of ['vouchers', 'bands']) {
        await by(page, id).getByRole('button', { name: /Work/ }).click();
      }
      await new Promise((later) => setTimeout(later, 300));
    }
    assert.fail('it never came');
  };
  const eventually = async (run) => {
    for (let i = 0; ; ++i) {
      try {
        return run();
      } catch (refused) {
        if (i === 100) throw refused;
        await new Promise((later) => setTimeout(later, 100));
      }
    }
  };
  const cell = (row, name) => by(page, row).locator(`[data-name=${name}_minor]`).innerText();

  it('says in words that there is nothing yet', async () => {
    await by(page, 'tab-value').click();
    await by(page, 'vouchers-none').waitFor();
    await by(page, 'bands-none').waitFor();
    await fits('empty');
  });

  it('tells what is issued, spent and open by issuer, and keeps it as a table', async () => {
    const [spent] = festival.vouchers('5.00', 3);
    const sale = ['--item', 'beer-50', '--age-checked', '--voucher', spent, '--rest-lost'];
    festival.run('sell', ...at('pos'), ...sale);
    const row = by(page, 'issuer-desk');
    const heard = async () =>
      (await row.count()) > 0 && /5.00/.test(await cell('issuer-desk', 'spent'));
    await until(heard);
    assert.match(await cell('issuer-desk', 'issued'), /15.00[^]*3 vouchers/);
    assert.match(await cell('issuer-desk', 'open'), /10.00[^]*2 vouchers/);
    assert.match(await by(page, 'vouchers').innerText(), /0.50/); // what its customer let go
    assert.equal(await by(page, 'voucher-over').count(), 0);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      by(page, 'vouchers-csv').click(),
    ]);
    const table = readFileSync(await download.path(), 'utf8');
    assert.ok(table.includes('desk,3,1500,1,500,2,1000,0,0'), table);
  });

  it('tells which bands are blocked and replaced, and who is waited for', async () => {
    const balance = ['balance', ...at('desk'), '--band'];
    const number = (band) => festival.run(...balance, festival.tray(band)).purse;
    const [lost, found] = [number('band-a'), number('band-b')];
    festival.topUp('band-a', '60.00'); // more than stays behind for what may still be sold
    const because = ['--reason', 'lost at the gate'];
    const yes = ['--approve', festival.at('office', 'office'), '--approve'];
    const persons = [...yes, festival.at('office', 'spares', 'supervisor-2')];
    festival.run('band', 'block', found, ...at('hub'), ...because);
    const fresh = festival.tray('empty');
    const replace = ['band', 'replace', lost, fresh, ...at('hub'), ...because, ...persons];
    await eventually(() => festival.run(...replace)); // once the hub has heard of the top-up
    await until(async () => (await by(page, `stopped-${lost}`).count()) > 0);
    const row = by(page, `stopped-${lost}`);
    assert.notEqual(await row.getAttribute('data-kind'), 'new-band');
    assert.match(await row.innerText(), new RegExp(number('empty')));
    assert.equal(await by(page, `stopped-${found}`).getAttribute('data-kind'), 'new-band');
    await fits('bands');
    await by(page, 'language-es').click();
    await by(page, 'bands').getByText('Traspasado').waitFor();
    await fits('es');
  });
});
