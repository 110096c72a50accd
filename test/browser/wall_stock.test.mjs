// SPDX-License-Identifier: Apache-2.0
// The wall's books: goods come, are sold, are counted, and what is missing is on the screen as the
// command says it, with the events it rests on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { axeFaults, by, openBrowser, shoot, sideways, smallTargets } from './browser.mjs';
import { Festival, passphrase } from './festival.mjs';

const sizes = {
  phone: { width: 320, height: 640 },
  tablet: { width: 1024, height: 600 },
  desk: { width: 1440, height: 900 },
  large: { width: 1920, height: 1080 },
};

describe('the books on the wall', () => {
  let festival, browser, page;
  const at = (name) => [
    '--home',
    festival.at(name),
    '--node',
    festival.nodes.get(name).address,
  ];
  const report = (what, ...more) => festival.run('report', what, ...at('hub'), ...more);
  const eventually = async (look) => {
    for (let i = 0; i < 200; ++i) {
      const found = look();
      if (found) return found;
      await new Promise((later) => setTimeout(later, 100));
    }
    return assert.fail('it never came');
  };

  before(async () => {
    festival = await Festival.open();
    const make = ['--festival', festival.at('office'), '--role', 'store', '--name', 'store'];
    festival.run('enrol', ...make, '--out', festival.at('store'));
    await festival.startNode('store', '--peer', festival.nodes.get('hub').address);
    browser = await openBrowser(festival.authority);
    page = await browser.page({ viewport: sizes.desk, acceptDownloads: true });
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
      await shoot(page, `wall-stock-${name}-${size}`);
    }
    await page.setViewportSize(sizes.desk);
  };
  const enter = async (alias, code) => {
    await by(page, 'wall-alias').fill(alias);
    await by(page, 'wall-passphrase').fill(passphrase);
    await by(page, 'wall-code').fill(code);
    await by(page, 'wall-enter').click();
    await by(page, 'tab-overview').waitFor(); // the address may name another tab
  };
  const refresh = () => page.getByRole('button', { name: /Work out again/ }).click();
  const downloaded = async (id) => {
    const [download] = await Promise.all([page.waitForEvent('download'), by(page, id).click()]);
    return readFileSync(await download.path(), 'utf8');
  };

  it('says in words that nothing has moved yet', async () => {
    await page.goto(festival.url('hub'));
    await enter('s003', festival.code(festival.auditorSecret));
    await by(page, 'tab-stock').click();
    await by(page, 'findings-none').waitFor();
    await by(page, 'sheets-none').waitFor();
    await fits('empty');
    await by(page, 'tab-settlement').click();
    await by(page, 'settlement-none').waitFor();
    assert.equal(await by(page, 'asks').count(), 0);
  });

  it('shows a stand that is short as the command tells it', async () => {
    const supervisor = festival.at('office', 'spares', 'supervisor-2');
    const deliver = ['--item', 'beer-50:100', '--reference', 'note-17', '--approve', supervisor];
    festival.run('stock', 'deliver', ...at('store'), ...deliver);
    festival.run('stock', 'dispatch', ...at('store'), '--item', 'beer-50:60', '--to', 'barra-1');
    const receive = ['stock', 'receive', ...at('pos'), '--item', 'beer-50:60'];
    await eventually(() => {
      try {
        return festival.run(...receive);
      } catch {
        return null; // the dispatch is still on its way
      }
    });
    festival.run('shift', 'open', ...at('pos'), '--amount', '50.00');
    for (let i = 0; i < 4; ++i) festival.sell('beer-50');
    festival.run('shift', 'close', ...at('pos'), '--amount', '41.00');
    festival.run('stock', 'close', ...at('pos'));
    const count = ['stock', 'count', '--node', festival.nodes.get('pos').address];
    const counted = ['--item', 'beer-50:53'];
    festival.run(...count, '--home', festival.at('pos'), ...counted);
    festival.run(...count, '--home', supervisor, ...counted);
    const { findings, loss_minor } = await eventually(() => {
      const object = report('shrinkage', '--lang', 'en');
      const kinds = object.findings.map(({ kind }) => kind);
      return kinds.includes('variance') && kinds.includes('drawer-short') && object;
    });

    await by(page, 'tab-stock').click();
    await page.waitForTimeout(2_100); // what was worked out before is as good as new for so long
    await refresh();
    const sorted = [...findings].sort((a, b) => b.amount_minor - a.amount_minor);
    await by(page, 'finding').nth(sorted.length - 1).waitFor();
    assert.deepEqual(
      await by(page, 'finding-text').allInnerTexts(),
      sorted.map(({ text }) => text),
    );
    const euros = (minor) => `€${(minor / 100).toFixed(2)}`;
    assert.deepEqual(
      await by(page, 'finding-amount').allInnerTexts(),
      sorted.map(({ amount_minor }) => euros(amount_minor)),
    );
    assert.equal(await by(page, 'loss').innerText(), euros(loss_minor));
    const variance = findings.find(({ kind }) => kind === 'variance');
    assert.equal(variance.units, 3);
    assert.equal(variance.amount_minor, 1350);
    await fits('findings');
  });

  it('opens the evidence of a finding: the very events, in words', async () => {
    const { findings } = report('shrinkage');
    for (const [kind, words] of [
      ['variance', /counted 53 beer-50 at barra-1, at the end of sheet 1|received 60 beer-50/],
      ['drawer-short', /drawer at barra-1/],
    ]) {
      const { evidence } = findings.find((finding) => finding.kind === kind);
      assert.ok(evidence.length > 1, kind);
      const button = page.locator(`[data-testid=finding][data-kind=${kind}]`);
      await button.focus();
      await page.keyboard.press('Enter');
      await by(page, 'evidence').nth(evidence.length - 1).waitFor();
      const shown = by(page, 'evidence');
      const ids = await shown.evaluateAll((rows) => rows.map((row) => row.dataset.id));
      assert.deepEqual(ids, evidence);
      for (const text of await by(page, 'evidence-text').allInnerTexts()) {
        assert.match(text, words);
      }
      await fits(`evidence-${kind}`);
    }
    await by(page, 'tab-overview').click(); // and back: nothing is open
    await by(page, 'tab-stock').click();
  });

  it('shows the sheet with the columns of the command, and says that it is final', async () => {
    const { sheets } = report('sheet');
    const sheet = sheets.find(({ holder, sheet }) => holder === 'barra-1' && sheet === 1);
    const line = sheet.lines.find(({ sku }) => sku === 'beer-50');
    assert.equal(line.variance, -3);
    const row = by(page, 'line-barra-1-1-beer-50');
    const cells = (await row.locator('td').allInnerTexts()).map((text) => text.split('\n')[0]);
    const names = ['expected_start', 'in', 'out', 'sold', 'gratis', 'waste', 'expected_end'];
    const shown = [cells[1], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8]];
    assert.deepEqual(shown.map(Number), names.map((name) => line[name]));
    assert.equal(Number(cells[9]), 53);
    assert.deepEqual(cells.slice(10), ['-3', '-5%', '-€13.50']);
    assert.match(await by(page, 'sheet-barra-1-1').innerText(), /Final/);
    await by(page, 'filter-stand').selectOption('store');
    assert.equal(await by(page, 'sheet-barra-1-1').count(), 0);
    await by(page, 'filter-stand').selectOption('');
    await by(page, 'filter-item').selectOption('beer-50');
    assert.equal(await row.count(), 1);
    await by(page, 'sheets').scrollIntoViewIfNeeded();
    await fits('sheets');
    assert.deepEqual(await smallTargets(page), []);
  });

  it('hands out the tables of the command', async () => {
    const csv = (what) => festival.text('report', what, ...at('hub'), '--csv', '--lang', 'en');
    assert.equal(await downloaded('findings-csv'), csv('shrinkage'));
    assert.equal(await downloaded('sheets-csv'), csv('sheet'));
    await by(page, 'tab-settlement').click();
    await by(page, 'settlement-csv').waitFor();
    assert.equal(await downloaded('settlement-csv'), csv('settlement'));
  });

  it('settles by stand and day', async () => {
    const { settlements } = report('settlement');
    const own = settlements.filter(({ holder }) => holder === 'barra-1');
    const payable = own.reduce((sum, row) => sum + row.payable_minor, 0);
    const row = page.locator('[data-testid^=settled-barra-1-]');
    assert.equal(await row.count(), 1);
    const text = await row.locator('[data-name=payable_minor]').innerText();
    assert.equal(Math.round(Number(text.split('\n')[0].replace(/[^\d.-]/g, '')) * 100), payable);
    const shown = async (name) => {
      const cell = await row.locator(`[data-name=${name}_minor]`).innerText();
      return Math.round(Number(cell.split('\n')[0].replace(/[^\d.-]/g, '')) * 100);
    };
    let sum = (await shown('turnover')) - (await shown('charged')) + (await shown('tips'));
    const less = ['commission', 'hold_back', 'missing_goods', 'drawer_short', 'short_delivery'];
    for (const name of [...less, 'cash_kept']) sum -= await shown(name);
    assert.equal(sum, payable); // what is shown adds up to what is paid
    await fits('settlement');
  });

  it('speaks Spanish, the findings too', async () => {
    const { findings } = report('shrinkage', '--lang', 'es');
    await by(page, 'language-es').click();
    await by(page, 'tab-stock').click();
    const { text } = findings.find(({ kind }) => kind === 'variance');
    await page.getByText(text).waitFor();
    await fits('es');
    await by(page, 'language-en').click();
  });

  it('shows somebody who may count what is counted already, and nothing that is not', async () => {
    await by(page, 'sign-out').click();
    await by(page, 'wall-alias').waitFor();
    await enter('s001', festival.code());
    await by(page, 'tab-stock').click();
    await by(page, 'finding').first().waitFor();
    await fits('supervisor');
    const told = await page.evaluate(async () => (await fetch('/api/report/sheets')).json());
    const uncounted = told.sheets.flatMap(({ lines }) =>
      lines.filter(({ counted_end }) => counted_end === null),
    );
    assert.ok(uncounted.length > 0);
    for (const line of uncounted) {
      assert.equal(line.expected_end, null);
      assert.equal(line.sold, null);
    }
    const settled = await page.evaluate(async () => (await fetch('/api/report/settlement')).json());
    assert.ok(settled.settlements.every((row) => row.final));
    assert.deepEqual(page.faults, []);
  });
});
