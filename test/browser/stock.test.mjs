// SPDX-License-Identifier: Apache-2.0
// The till's page of stock and shift: two persons, one till, and nobody is told what to find.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { axeFaults, by, openBrowser, shoot, sideways, smallTargets } from './browser.mjs';
import { Festival, pin } from './festival.mjs';

const sizes = {
  phone: { width: 320, height: 640 },
  tablet: { width: 1024, height: 600 },
  upright: { width: 600, height: 1024 },
};

// Two persons, crates of beer, and ice that this stand does not sell.
const change = (toml) =>
  `${toml.replace('age_min = 18', 'age_min = 18\npacks = { crate = 24 }')}
[[item]]
sku = "ice"
name = { es = "Hielo", en = "Ice" }
price = "1.00"
[[staff]]
alias = "v002"
roles = ["vendor"]
stand = "barra-1"
`;

// 8738 beers at the start, 7 of them sold: 8731 should be left, and 154.95 in the drawer.
const hidden = /\b8[,.]?731\b|\b154[,.]?95\b/;
const start = { crates: '364', loose: '2' };
const first = { crates: '363', loose: '17' }; // 8729
const second = { crates: '363', loose: '16' }; // 8728
const figures = /\b8[,.]?729\b|\b363\b/; // of the first person, and what they are made of

describe('stock and shift at the till', () => {
  let festival, browser, page;
  const answers = []; // of the API, as they came
  before(async () => {
    festival = await Festival.open({ change, people: ['v001', 'v002'] });
    browser = await openBrowser(festival.authority);
    page = await browser.page({ viewport: sizes.tablet });
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith('/api/') || pathname === '/api/events') return;
      const path = `${response.request().method()} ${pathname}`;
      response.text().then(
        (text) => answers.push(`${path} ${text}`),
        () => {},
      );
    });
  });
  after(async () => {
    await browser?.close();
    await festival?.close();
  });

  const keys = async (target, digits) => {
    for (const digit of digits) await by(target, `pad-${digit}`).click();
  };
  const signIn = async (target, person) => {
    await by(target, `tray-${person}`).click();
    for (const digit of pin) await by(target, `pin-key-${digit}`).click();
    await by(target, 'pin-enter').click();
  };
  const result = async (target, kind) => {
    const found = by(target, 'work-result');
    await found.waitFor();
    assert.equal(await found.getAttribute('data-kind'), kind, await found.innerText());
    return found.innerText();
  };
  const standing = async (of, kind) => {
    const found = page.locator(`[data-testid=standing-${of}][data-kind=${kind}]`);
    await found.waitFor({ timeout: 15_000 });
    return found.innerText();
  };
  // What a person can read, fields included.
  const text = (target) =>
    target.evaluate(() =>
      [document.body.innerText, ...[...document.querySelectorAll('input')].map((one) => one.value)]
        .join(' '),
    );
  const shows = async (pattern) => assert.match(await text(page), pattern);
  const blind = async (...patterns) => {
    for (const pattern of [hidden, ...patterns]) {
      assert.doesNotMatch(await text(page), pattern);
      for (const answer of answers) assert.doesNotMatch(answer, pattern);
    }
  };
  const fits = async (target, name) => {
    assert.deepEqual(await axeFaults(target), [], name);
    for (const [size, viewport] of Object.entries(sizes)) {
      await target.setViewportSize(viewport);
      assert.deepEqual(await sideways(target), [], `${name} at ${size}`);
      assert.deepEqual(await smallTargets(target), [], `${name} at ${size}`);
      await shoot(target, `stock-${name}-${size}`);
    }
    await target.setViewportSize(sizes.tablet);
  };
  const fill = async ({ crates, loose }) => {
    await by(page, 'field-beer-50-crate').click();
    await keys(page, crates);
    await by(page, 'pad-next').click();
    await keys(page, loose);
  };
  const seal = async () => {
    await by(page, 'review').click();
    for (const sku of ['water', 'bocadillo']) {
      if (await by(page, `none-${sku}`).isVisible()) await by(page, `none-${sku}`).click();
    }
    await by(page, 'commit').click();
    await result(page, 'counted');
  };

  it('is one touch from selling, and one back', async () => {
    await page.goto(festival.url('pos'));
    await signIn(page, 'v001');
    await by(page, 'product-water').waitFor();
    await by(page, 'work-open').click();
    await by(page, 'shift-open').waitFor();
    await standing('closing', 'nothing');
    await fits(page, 'home');
    await by(page, 'work-back').click();
    await by(page, 'product-water').waitFor();
    await by(page, 'work-open').click();
  });

  it('opens a shift with a float that was typed, by touch or by keyboard', async () => {
    await by(page, 'shift-open').click();
    assert.ok(await by(page, 'commit').isDisabled());
    await keys(page, '123');
    await page.keyboard.type('45');
    assert.match(await by(page, 'amount').innerText(), /123\.45/);
    await fits(page, 'float');
    await by(page, 'commit').click();
    assert.match(await result(page, 'opened'), /123\.45/);
  });

  it('counts the opening stock; a row without a figure has to be said to be none', async () => {
    await by(page, 'count-opening').click();
    await by(page, 'row-beer-50').waitFor();
    assert.equal(await by(page, 'row-ice').count(), 0);
    await fill(start);
    assert.match(await by(page, 'sum-beer-50').innerText(), /8,738/);
    await page.keyboard.type('x-');
    await page.keyboard.press('Enter');
    assert.match(await by(page, 'sum-beer-50').innerText(), /8,738/);
    await by(page, 'field-water-loose').focus();
    await page.keyboard.type('99999999');
    await page.getByText('More than can be counted').waitFor();
    await by(page, 'field-water-loose').fill('');
    await fits(page, 'count');
    await by(page, 'review').click();
    assert.ok(await by(page, 'commit').isDisabled());
    await fits(page, 'review-open');
    await by(page, 'none-water').click();
    assert.ok(await by(page, 'commit').isDisabled());
    await by(page, 'none-bocadillo').click();
    await by(page, 'commit').click();
    await result(page, 'counted');
    await standing('opening', 'waiting');
    await fits(page, 'waiting');
  });

  it('hands over to a second person, who is shown nothing of the first', async () => {
    await by(page, 'hand-over').click();
    await by(page, 'hand-over-note').waitFor();
    await signIn(page, 'v002');
    await standing('opening', 'to-count');
    await by(page, 'count-opening').click();
    await by(page, 'row-beer-50').waitFor();
    await blind(/\b8[,.]?738\b/, /\b364\b/);
    await fill(start);
    await seal();
    await standing('opening', 'done');
    await by(page, 'agreed-opening').click();
    await shows(/8,738/); // two persons have said so
    await by(page, 'work-back').click();
  });

  it('sells, and closes the sheet after asking', async () => {
    for (let i = 0; i < 7; ++i) await by(page, 'product-beer-50').click();
    await by(page, 'age-checked').click();
    await by(page, 'cash').click();
    await by(page, 'result').waitFor();
    await by(page, 'work-open').click();
    await by(page, 'sheet-close').click();
    await by(page, 'commit').click();
    await result(page, 'sheet-closed');
    await standing('closing', 'to-count');
    await blind();
  });

  it('keeps a half-typed count over a reload, for its own person alone', async () => {
    await by(page, 'count-closing').click();
    await by(page, 'field-beer-50-crate').click();
    await keys(page, first.crates);
    await page.reload();
    await by(page, 'work-open').click();
    await by(page, 'count-closing').click();
    assert.equal(await by(page, 'field-beer-50-crate').inputValue(), first.crates);
    await by(page, 'work-back').click();
    await by(page, 'work-back').click();
    await by(page, 'sign-out').click();
    await signIn(page, 'v001');
    await by(page, 'work-open').click();
    await by(page, 'count-closing').click();
    await by(page, 'row-beer-50').waitFor();
    assert.equal(await by(page, 'field-beer-50-crate').inputValue(), '');
    await blind(figures);
    await fill(first);
    await seal();
    await standing('closing', 'waiting');
    await by(page, 'hand-over').click();
    await signIn(page, 'v002');
    await by(page, 'count-closing').click();
    assert.equal(await by(page, 'field-beer-50-crate').inputValue(), first.crates); // their own
    assert.equal(await by(page, 'field-beer-50-loose').inputValue(), '');
    await blind(/\b8[,.]?729\b/);
  });

  it('asks for a recount of what differs, and tells neither figure', async () => {
    await by(page, 'field-beer-50-loose').click();
    await keys(page, second.loose);
    await seal();
    assert.match(await standing('closing', 'recount'), /1 item differs/);
    await blind(/\b8[,.]?729\b/, /\b8[,.]?728\b/);
    await fits(page, 'recount');
    await by(page, 'count-closing').click();
    await by(page, 'row-beer-50').waitFor();
    assert.equal(await by(page, 'row-water').count(), 0);
    await fill(second);
    await by(page, 'review').click();
    await by(page, 'commit').click();
    await result(page, 'counted');
    await standing('closing', 'waiting');
    await by(page, 'hand-over').click();
    await signIn(page, 'v001');
    await standing('closing', 'recount');
    await by(page, 'count-closing').click();
    await blind(/\b8[,.]?729\b/, /\b8[,.]?728\b/);
    await fill(second);
    await seal();
    await standing('closing', 'done');
    await by(page, 'agreed-closing').click();
    await shows(/8,728/);
    await fits(page, 'done');
    await blind();
    // Sealed and opened, nothing typed is left on the device.
    const kept = await page.evaluate(() => Object.keys(localStorage).join(' '));
    assert.doesNotMatch(kept, /verbena-(count|stock)/);
  });

  it('refuses a drop that nobody can be asked about, or asks', async () => {
    await by(page, 'shift-drop').click();
    await keys(page, '1000');
    assert.ok(await by(page, 'commit').isDisabled());
    await by(page, 'bag').click();
    await keys(page, '17');
    assert.equal(await by(page, 'bag').inputValue(), '17');
    await fits(page, 'drop');
    await by(page, 'commit').click();
    const asking = by(page, 'asking');
    await by(page, 'work-result').or(asking).waitFor();
    if (await asking.isVisible()) await by(page, 'asking-leave').click();
    else assert.match(await result(page, 'refused'), /approval of others/);
    await blind();
    await by(page, 'work-back').click();
  });

  it('closes the shift by a blind count, and then says what is missing', async () => {
    await by(page, 'shift-close').click();
    await page.getByText('How much cash is in the drawer?').waitFor();
    await fits(page, 'drawer');
    await keys(page, '15000');
    await blind();
    await by(page, 'commit').click();
    assert.match(await result(page, 'closed'), /4\.95 short/);
    await fits(page, 'closed');
    await by(page, 'shift-open').waitFor();
  });

  it('speaks Spanish', async () => {
    await by(page, 'language-es').click();
    await page.getByText('Turno y cajón').waitFor();
    await fits(page, 'home-es');
    await by(page, 'count-opening').click();
    await page.getByText('Sin contar').first().waitFor();
    await by(page, 'work-back').click();
    await by(page, 'language-en').click();
  });

  // The node's side is played here: what is tried is what the till does about it.
  it('waits for another person, and sends the same request when they have said yes', async () => {
    const alone = await browser.page({ viewport: sizes.tablet, serviceWorkers: 'block' });
    await alone.goto(festival.url('pos'));
    await signIn(alone, 'v001');
    await by(alone, 'work-open').click();
    await by(alone, 'shift-open').click();
    await keys(alone, '100');
    const sent = [];
    let removed = 0;
    let tally = { needed: 1, yes: 0, refused: false, neighbours: 0 };
    const sentence = { en: 'pos-1 wants 1.00 out of its drawer', es: 'pos-1 pide 1,00' };
    await alone.route('**/api/shift', async (route) => {
      sent.push(route.request().postData());
      if (tally.yes > 0) return route.fulfill({ json: { id: 'ab', amount_minor: 0 } });
      const ask = { hash: 'ab12', sentence, needed: 1 };
      const refused = { code: 'approval-needed', text: 'This needs others.', ask };
      return route.fulfill({ status: 409, json: { refused } });
    });
    await alone.route('**/api/ask/ab12', (route) => {
      removed += route.request().method() === 'DELETE';
      return route.fulfill({ json: tally });
    });
    await by(alone, 'commit').click();
    await alone.getByText(sentence.en).waitFor();
    await alone.getByText('No device near hears the question').waitFor();
    await fits(alone, 'asking-alone');
    tally = { ...tally, neighbours: 3 };
    await alone.getByText('3 devices near hear the question').waitFor();
    await by(alone, 'asking-leave').click();
    await by(alone, 'asking').waitFor({ state: 'detached' });
    await by(alone, 'commit').click();
    await by(alone, 'asking').waitFor();
    tally = { ...tally, yes: 1 };
    await result(alone, 'opened');
    assert.equal(removed, 1);
    assert.equal(sent.length, 3);
    assert.equal(sent[2], sent[1]);
    assert.notEqual(sent[1], sent[0]);
    await alone.context().close();
  });

  it('opens without a node too, and says that it has no answer', async () => {
    await page.reload(); // the session above ended this one's
    const work = by(page, 'work-open');
    await work.or(by(page, 'pin-key-1')).waitFor();
    if (!(await work.isVisible())) await signIn(page, 'v002');
    await work.waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await work.waitFor();
    await festival.kill('pos');
    await by(page, 'offline').waitFor();
    await work.click();
    await page.getByText('No answer. Check that the device').waitFor();
    await festival.restart('pos');
  });

  it('had no fault of its own all day', () => {
    assert.ok(answers.some((answer) => answer.startsWith('GET /api/stock {'))); // and was listened to
    const gone = (line) => /ERR_CONNECTION_REFUSED|Failed to fetch/.test(line);
    assert.deepEqual(
      page.faults.filter((line) => !gone(line)),
      [],
    );
  });
});
