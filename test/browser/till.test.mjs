// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { axeFaults, by, openBrowser, shoot, sideways, smallTargets } from './browser.mjs';
import { Client, percentile } from './client.mjs';
import { Festival, pin } from './festival.mjs';

const sizes = {
  phone: { width: 320, height: 640 },
  tablet: { width: 1024, height: 600 },
  upright: { width: 600, height: 1024 },
};

// A menu at an odd price, which the crew may have for a meal.
const change = (toml) =>
  `${toml.replace('"bocadillo"]', '"bocadillo", "menu"]')}
[[item]]
sku = "menu"
name = { es = "Menú del día", en = "Menu of the day" }
price = "6.35"
meal = true
`;

describe('the till', () => {
  let festival, browser, page;
  before(async () => {
    festival = await Festival.open({ change });
    browser = await openBrowser(festival.authority);
    page = await browser.page({ viewport: sizes.tablet });
  });
  after(async () => {
    await browser?.close();
    await festival?.close();
  });

  const enter = async (target, digits) => {
    for (const digit of digits) await by(target, `pin-key-${digit}`).click();
    await by(target, 'pin-enter').click();
  };
  const signIn = async (target) => {
    await target.goto(festival.url('pos'));
    await by(target, 'tray-v001').click();
    await enter(target, pin);
    await by(target, 'product-water').waitFor();
  };
  const result = async (target, kind) => {
    const found = by(target, 'result');
    await found.waitFor();
    assert.equal(await found.getAttribute('data-kind'), kind, await found.innerText());
    return found;
  };
  // The result before this one, which lets go by itself.
  const letGo = (target) => by(target, 'result').waitFor({ state: 'hidden' });
  const cents = async (target, id) =>
    Number((await by(target, id).innerText()).replace(/[^0-9-]/g, ''));
  const fits = async (target, name) => {
    assert.deepEqual(await axeFaults(target), [], name);
    assert.deepEqual(await smallTargets(target), [], name);
    for (const [size, viewport] of Object.entries(sizes)) {
      await target.setViewportSize(viewport);
      assert.deepEqual(await sideways(target), [], `${name} at ${size}`);
      assert.deepEqual(await smallTargets(target), [], `${name} at ${size}`);
      await shoot(target, `till-${name}-${size}`);
    }
    await target.setViewportSize(sizes.tablet);
  };

  it('opens on its own certificate and asks for staff band and PIN', async () => {
    await page.goto(festival.url('pos'));
    await by(page, 'pin-key-1').waitFor();
    await fits(page, 'sign-in');
    await enter(page, '1357');
    await page.getByText('There is no band on the reader.').waitFor();
    await by(page, 'tray-v001').click();
    await enter(page, '1357');
    await page.getByText('That does not fit.').waitFor();
    await enter(page, pin);
    await by(page, 'product-water').waitFor();
    await fits(page, 'empty-basket');
  });

  it('sells for cash at one touch a product and one for the money', async () => {
    await by(page, 'product-beer-50').click();
    await by(page, 'product-beer-50').click();
    await by(page, 'product-water').click();
    assert.ok(await by(page, 'cash').isDisabled());
    await by(page, 'age-checked').click();
    assert.equal(await cents(page, 'total'), 1_100);
    await fits(page, 'basket');
    await by(page, 'cash').click();
    await result(page, 'paid');
    await fits(page, 'paid-cash');
    assert.equal(await cents(page, 'total').catch(() => 0), 0);
  });

  it('sells one product to a band with one touch and one tap', async () => {
    await by(page, 'product-water').click();
    await by(page, 'tray-band-a').click();
    await result(page, 'paid');
    assert.equal(await cents(page, 'result-before'), 4_000);
    assert.equal(await cents(page, 'result-after'), 3_800);
    await fits(page, 'paid-band');
  });

  it('shows the balance of a band that comes to an empty basket', async () => {
    await letGo(page);
    await by(page, 'tray-band-b').click();
    const shown = await result(page, 'balance');
    assert.match(await shown.innerText(), /3\.00/);
    await fits(page, 'balance');
  });

  it('says what to do when a band has not enough, and takes the same basket in cash', async () => {
    await by(page, 'product-bocadillo').click();
    await by(page, 'tray-band-b').click();
    const refusal = await result(page, 'refused');
    assert.match(await refusal.innerText(), /Not enough on the band/);
    await fits(page, 'refused');
    await by(page, 'cash').click();
    await result(page, 'paid');
  });

  it('voids the last sale, once, with a reason', async () => {
    await by(page, 'void-last').click();
    await by(page, 'void-reason-1').waitFor();
    await fits(page, 'void');
    await by(page, 'void-reason-1').click();
    await result(page, 'voided');
    const client = new Client(festival.url('pos'), festival.authority);
    await client.signInTill();
    const { sales } = (await client.call('GET', '/api/sales')).body;
    assert.deepEqual(
      sales.map(({ voided }) => voided),
      [true, false, false],
    );
    client.close();
  });

  it('adds a tip to what a band pays, rounded up at a touch', async () => {
    await by(page, 'product-menu').click();
    await by(page, 'tip-open').click();
    await by(page, 'tip-10').waitFor();
    await fits(page, 'tips');
    await by(page, 'tip-round').click();
    assert.equal(await cents(page, 'tip'), 65);
    assert.equal(await cents(page, 'total'), 700);
    await fits(page, 'tip');
    await by(page, 'tray-band-a').click();
    await result(page, 'paid');
    assert.equal(await cents(page, 'result-before'), 3_800);
    assert.equal(await cents(page, 'result-after'), 3_100);
  });

  it('takes the rest in cash where a band has not enough', async () => {
    await by(page, 'product-menu').click();
    await by(page, 'tray-band-b').click();
    await result(page, 'refused');
    await by(page, 'rest-cash').waitFor();
    await fits(page, 'rest');
    await by(page, 'rest-cash').click();
    await page.getByText(/Put the band down again: .3\.00 from it, .3\.35 in cash/).waitFor();
    await fits(page, 'rest-cash');
    await by(page, 'tray-band-b').click();
    await result(page, 'paid');
    assert.equal(await cents(page, 'take-cash'), 335);
    assert.equal(await cents(page, 'result-before'), 300);
    assert.equal(await cents(page, 'result-after'), 0);
    await fits(page, 'paid-rest-cash');
  });

  it('takes a part from one band, gives it back, and the rest from another', async () => {
    festival.topUp('empty', '2.00');
    const part = async () => {
      await letGo(page);
      await by(page, 'tray-empty').click();
      await result(page, 'refused');
      await by(page, 'rest-band').click();
      await by(page, 'split').waitFor();
      await by(page, 'tray-empty').click();
      await result(page, 'paid');
      assert.equal(await cents(page, 'part-left'), 435);
      assert.equal(await cents(page, 'paid-before'), -200);
      assert.equal(await cents(page, 'total'), 435);
    };
    await by(page, 'product-menu').click();
    await part();
    await fits(page, 'paid-part');
    await by(page, 'void-last').click();
    await by(page, 'void-reason-2').click();
    await result(page, 'voided');
    assert.equal(await cents(page, 'total'), 635);
    await part();
    await page.reload();
    await by(page, 'parts-open').waitFor();
    await fits(page, 'part-open');
    await by(page, 'product-water').click();
    await page.getByText('The goods must cost more').waitFor();
    assert.ok(await by(page, 'cash').isDisabled());
    await fits(page, 'part-covers');
    await by(page, 'product-menu').click();
    await page.getByRole('button', { name: 'Remove: Water' }).click();
    assert.equal(await cents(page, 'total'), 435);
    await by(page, 'tray-band-a').click();
    await result(page, 'paid');
    assert.equal(await cents(page, 'result-before'), 3_100);
    assert.equal(await cents(page, 'result-after'), 2_665);
    const client = new Client(festival.url('pos'), festival.authority);
    await client.signInTill();
    const { sales } = (await client.call('GET', '/api/sales')).body;
    assert.deepEqual(
      sales.slice(0, 3).map((row) => [row.amount_minor, row.open_part, row.voided]),
      [
        [435, false, false],
        [200, false, false],
        [200, false, true],
      ],
    );
    client.close();
    assert.equal(await by(page, 'parts-open').count(), 0);
  });

  it('gives a crew member a meal that the festival pays, and counts what is left', async () => {
    festival.giveMeals('band-b', 2);
    await by(page, 'product-menu').click();
    await by(page, 'meal').click();
    assert.equal(await by(page, 'meal').getAttribute('aria-pressed'), 'true');
    assert.ok(await by(page, 'cash').isDisabled());
    await fits(page, 'meal');
    await by(page, 'tray-band-b').click();
    await result(page, 'paid');
    assert.equal(await cents(page, 'crew-paid'), 635);
    assert.equal(await cents(page, 'meals-left'), 1);
    await fits(page, 'paid-meal');
    await letGo(page);
    await by(page, 'tray-band-b').click();
    await result(page, 'balance');
    assert.equal(await cents(page, 'meals-left'), 1);
  });

  it('takes vouchers, scanned and pasted, and cash for what they leave', async () => {
    const [first, second] = festival.vouchers('3.00', 2);
    await letGo(page);
    await by(page, 'product-menu').click();
    await by(page, 'product-menu').focus();
    await page.keyboard.type(first);
    await page.keyboard.press('Enter');
    await by(page, 'voucher').waitFor();
    assert.equal(await cents(page, 'total'), 635);
    assert.equal(await cents(page, 'voucher-left'), 335);
    await by(page, 'voucher-open').click();
    await by(page, 'voucher-code').fill(first);
    await page.keyboard.press('Enter');
    assert.equal(await by(page, 'voucher-fault').getAttribute('data-kind'), 'twice');
    await fits(page, 'voucher-fault');
    await by(page, 'voucher-code').fill(second);
    await page.keyboard.press('Enter');
    await page.getByText('in cash').first().waitFor();
    assert.equal(await cents(page, 'voucher-left'), 35);
    await fits(page, 'vouchers');
    await by(page, 'cash').click();
    await result(page, 'paid');
    assert.equal(await cents(page, 'voucher-paid'), 600);
    assert.equal(await cents(page, 'take-cash'), 35);
    await fits(page, 'paid-vouchers');

    await by(page, 'product-menu').click();
    await page.keyboard.type(first);
    await page.keyboard.press('Enter');
    await by(page, 'cash').click();
    assert.match(await (await result(page, 'refused')).innerText(), /was spent already/);
    await fits(page, 'voucher-used');
    await by(page, 'voucher-remove').click();
    await by(page, 'cash').click();
    await result(page, 'paid');
  });

  it('asks before the rest of a voucher is lost, and a void makes it good again', async () => {
    const [voucher] = festival.vouchers('10.00');
    await letGo(page);
    await by(page, 'language-es').click();
    await by(page, 'product-menu').click();
    await page.keyboard.type(voucher);
    await page.keyboard.press('Enter');
    await by(page, 'cash').click();
    await result(page, 'refused');
    assert.equal(await cents(page, 'rest-lost'), 365);
    await fits(page, 'voucher-rest-es');
    await by(page, 'rest-lost-yes').click();
    await page.getByText('Pagado con vale').waitFor();
    assert.equal(await cents(page, 'voucher-paid'), 635);
    await by(page, 'void-last').click();
    await by(page, 'void-reason-1').click();
    await by(page, 'vouchers-back').waitFor();
    await fits(page, 'voided-voucher-es');
    await by(page, 'language-en').click();
    const client = new Client(festival.url('pos'), festival.authority);
    await client.signInTill();
    const { sales } = (await client.call('GET', '/api/sales')).body;
    client.close();
    assert.deepEqual(
      sales.slice(0, 3).map((row) => [row.tender, row.amount_minor, row.voided]),
      [
        ['voucher', 635, true],
        ['cash', 635, false],
        ['voucher', 635, false],
      ],
    );
  });

  it('speaks Spanish at a touch, and keeps doing so', async () => {
    await by(page, 'language-es').click();
    await page.getByText('Efectivo').first().waitFor();
    await by(page, 'product-water').click();
    await by(page, 'tray-band-a').click();
    const paid = await result(page, 'paid');
    assert.match(await paid.innerText(), /Cobrado/);
    await fits(page, 'paid-es');
    await page.reload();
    await page.getByText('Efectivo').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'es');
    await by(page, 'product-bocadillo').click();
    await by(page, 'tray-band-b').click();
    assert.match(await (await result(page, 'refused')).innerText(), /No hay saldo suficiente/);
    await by(page, 'language-en').click();
    await by(page, 'cash').click();
    await result(page, 'paid');
  });

  // What a till shows of itself on a bad day: nothing compared yet, much unwitnessed.
  it('keeps its longest words inside a phone, in both languages', async () => {
    for (const [language, never] of [
      ['es', 'sin contrastar'],
      ['en', 'never compared'],
    ]) {
      await by(page, `language-${language}`).click();
      for (const [chip, text] of [
        ['unwitnessed', '384 · 123.456,78 €'],
        ['known', never],
      ])
        await by(page, chip)
          .locator('.number')
          .evaluate((node, said) => (node.textContent = said), text);
      await page.setViewportSize(sizes.phone);
      for (const chip of ['unwitnessed', 'known', 'neighbours'])
        assert.ok(
          await by(page, chip).evaluate((node) => node.scrollWidth <= node.clientWidth),
          `${chip} in ${language} keeps its words inside`,
        );
      await fits(page, `longest-${language}`);
      await page.reload();
      await by(page, 'product-water').waitFor();
    }
  });

  it('goes on selling with the hub cut off, and tells how much nobody else holds', async () => {
    const counted = async (wanted) => {
      await page.waitForFunction(
        (count) => {
          const text = document.querySelector('[data-testid=unwitnessed]').textContent;
          return new RegExp(`(^|\\D)${count}(\\D|$)`).test(text);
        },
        wanted,
        { timeout: 15_000 },
      );
    };
    await counted(0);
    festival.hubLink.cut();
    for (let i = 0; i < 3; ++i) {
      await by(page, 'product-beer-50').click();
      await by(page, 'age-checked').click();
      await by(page, 'cash').click();
      await result(page, 'paid');
    }
    await counted(3);
    assert.match(await by(page, 'unwitnessed').innerText(), /13\.50/);
    await fits(page, 'alone');
    festival.hubLink.heal();
    await counted(0);
  });

  it('says so when its node is gone, opens even then, and sells on when it is back', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await festival.kill('pos');
    await by(page, 'offline').waitFor();
    assert.ok(await by(page, 'cash').isDisabled());
    await fits(page, 'node-gone');
    await page.reload();
    await by(page, 'offline').waitFor();
    await festival.restart('pos');
    await by(page, 'pin-key-1').waitFor({ timeout: 20_000 });
    await by(page, 'tray-v001').click();
    await enter(page, pin);
    await by(page, 'product-water').click();
    await by(page, 'cash').click();
    await result(page, 'paid');
  });

  it('is light, usable within a second, and green within a tenth of one', async () => {
    const fresh = await browser.page({ viewport: sizes.tablet });
    await signIn(fresh);
    const cold = await browser.page({ viewport: sizes.tablet });
    const began = performance.now();
    await cold.goto(festival.url('pos'));
    await by(cold, 'pin-key-1').waitFor();
    const usable = performance.now() - began;
    const first = await cold.evaluate(() =>
      [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
        .filter(({ name }) => !name.includes('/api/') && !name.endsWith('/sw.js'))
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    );

    const took = [];
    for (let i = 0; i < 60; ++i) {
      await by(fresh, 'product-water').click();
      took.push(
        await fresh.evaluate(
          () =>
            new Promise((done) => {
              const paid = () =>
                document.querySelector('[data-testid=result][data-kind=paid]') !== null;
              if (paid()) throw new Error('the last sale is still shown');
              const start = performance.now();
              const look = () => (paid() ? done(performance.now() - start) : tick());
              const tick = () => requestAnimationFrame(look);
              document.querySelector('[data-testid=cash]').click();
              tick();
            }),
        ),
      );
    }
    const p50 = percentile(took, 0.5);
    const p99 = percentile(took, 0.99);
    console.log(
      `figure: charge touched -> green p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms ` +
        `(at most 100 / 250)`,
    );
    console.log(
      `figure: first load ${(first / 1000).toFixed(1)} kB gzip (at most 60), usable after ` +
        `${usable.toFixed(0)} ms (at most 1000)`,
    );
    assert.ok(first > 0 && first <= 60_000, `${first} bytes`);
    assert.ok(usable <= 1_000, `${usable} ms`);
    assert.ok(p50 <= 100 && p99 <= 250, `p50 ${p50}, p99 ${p99}`);
    assert.deepEqual(fresh.faults, []);
  });

  it('signs out, and had no fault of its own all day', async () => {
    await by(page, 'sign-out').click();
    await by(page, 'pin-key-1').waitFor();
    const gone = (text) => /ERR_CONNECTION_REFUSED|Failed to fetch/.test(text);
    assert.deepEqual(
      page.faults.filter((text) => !gone(text)),
      [],
    );
  });
});
