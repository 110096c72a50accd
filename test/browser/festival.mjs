// SPDX-License-Identifier: Apache-2.0
// A small real festival for the tests of the screens: hub, desk and till as processes of their own,
// the link between till and hub through a relay that can be cut.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const verbena = process.env.VERBENA;
export const passphrase = 'a long secret';
export const pin = '2468';

const toml = `
name = "Feria"
id = "feria"
currency = "EUR"
time_zone = "Europe/Madrid"
language = "es"
limits = { purse_max = "150.00", offline_max = "50.00", unwitnessed_count = 5000, \
unwitnessed_value = "90000.00", void_without_approval = "20.00" }
[[item]]
sku = "beer-50"
name = { es = "Cerveza 50 cl", en = "Beer 50 cl" }
price = "4.50"
age_min = 18
[[item]]
sku = "water"
name = { es = "Agua", en = "Water" }
price = "2.00"
[[item]]
sku = "bocadillo"
name = { es = "Bocadillo de calamares con alioli y pimientos", en = "Squid roll with garlic \
mayonnaise and peppers" }
price = "6.50"
[[stand]]
name = "barra-1"
zone = "norte"
items = ["beer-50", "water", "bocadillo"]
[[staff]]
alias = "v001"
roles = ["vendor"]
stand = "barra-1"
[[staff]]
alias = "s001"
roles = ["supervisor"]
[[staff]]
alias = "s003"
roles = ["auditor"]
`.replaceAll('\\\n', '');

// A TCP relay to `port`: cut() ends what is open and takes nothing new until heal().
class Relay {
  constructor(port) {
    this.open = new Set();
    this.isCut = false;
    this.server = createServer((from) => {
      if (this.isCut) return from.destroy();
      const to = createConnection(port, '127.0.0.1');
      for (const [a, b] of [
        [from, to],
        [to, from],
      ]) {
        this.open.add(a);
        a.on('error', () => b.destroy());
        a.on('close', () => {
          this.open.delete(a);
          b.destroy();
        });
        a.pipe(b);
      }
    });
  }
  listen() {
    return new Promise((done) =>
      this.server.listen(0, '127.0.0.1', () => done(this.server.address().port)),
    );
  }
  cut() {
    this.isCut = true;
    for (const socket of this.open) socket.destroy();
  }
  heal() {
    this.isCut = false;
  }
  close() {
    this.cut();
    this.server.close();
  }
}

export class Festival {
  // `change` makes other settings of these; each of `people` has a staff band in the tray.
  static async open({ change = (text) => text, people = ['v001'] } = {}) {
    const festival = new Festival();
    await festival.start(change(toml), people);
    return festival;
  }

  run(...args) {
    return JSON.parse(this.text(...args, '--json'));
  }

  text(...args) {
    return execFileSync(verbena, args, {
      env: { ...process.env, VERBENA_PASSPHRASE: passphrase, VERBENA_PIN: pin },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  at(...names) {
    return join(this.directory, ...names);
  }

  async start(settings, people) {
    this.directory = mkdtempSync(join(tmpdir(), 'verbena-browser-'));
    this.nodes = new Map();
    writeFileSync(this.at('feria.toml'), settings);
    this.run('init', this.at('feria.toml'), '--out', this.at('office'));
    const make = ['--festival', this.at('office')];
    mkdirSync(this.at('reader', 'tray'), { recursive: true });
    for (const person of people) {
      this.run('staff', 'band', ...make, '--alias', person, '--out', this.tray(person));
    }
    const approved = ['--approve', this.at('office', 'spares', 'supervisor-2')];
    this.run('enrol', ...make, '--role', 'hub', ...approved, '--out', this.at('hub'));
    const vendor = ['--role', 'vendor', '--stand', 'barra-1', '--name', 'pos-1'];
    this.run('enrol', ...make, ...vendor, '--out', this.at('pos'));
    const desk = ['--role', 'top-up', '--name', 'desk', ...approved];
    this.run('enrol', ...make, ...desk, '--out', this.at('desk'));
    for (const band of ['band-a', 'band-b', 'empty']) {
      this.run('band', 'new', ...make, '--out', this.tray(band));
    }
    const person = this.run('staff', 'wall', '--home', this.at('hub'), '--alias', 's001');
    const auditor = this.run('staff', 'wall', '--home', this.at('hub'), '--alias', 's003');
    this.secret = new URL(person.otpauth).searchParams.get('secret');
    this.auditorSecret = new URL(auditor.otpauth).searchParams.get('secret');
    this.authority = this.at('hub', 'ca.crt');

    await this.startNode('hub', '--http', '127.0.0.1:0');
    this.hubLink = new Relay(this.nodes.get('hub').port);
    const relayed = await this.hubLink.listen();
    await this.startNode('desk', '--peer', this.nodes.get('hub').address);
    this.reader = ['--reader', `file:${this.at('reader')}`];
    const peer = `127.0.0.1:${relayed}`;
    await this.startNode('pos', '--http', '127.0.0.1:0', ...this.reader, '--peer', peer);
    this.topUp('band-a', '40.00');
    this.topUp('band-b', '3.00');
  }

  tray(band) {
    return this.at('reader', 'tray', band);
  }

  async startNode(name, ...args) {
    const listen = ['--home', this.at(name), '--listen', '127.0.0.1:0'];
    const child = spawn(verbena, ['node', ...listen, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const node = { child, args };
    this.nodes.set(name, node);
    await new Promise((ready, failed) => {
      child.on('exit', () => failed(new Error(`${name} ended before it was ready`)));
      lines.on('line', (line) => {
        const [word, value] = line.split(' ');
        if (word === 'ready') {
          node.address = value;
          node.port = Number(value.split(':')[1]);
        }
        if (word === 'http') node.url = value;
        if (word === (args.includes('--http') ? 'http' : 'ready')) ready();
      });
    });
  }

  kill(name) {
    const { child } = this.nodes.get(name);
    return new Promise((gone) => {
      child.once('exit', gone);
      child.kill('SIGKILL');
    });
  }

  // The same device again, its page at the same address.
  async restart(name) {
    const { args, url } = this.nodes.get(name);
    const again = [...args];
    again[again.indexOf('--http') + 1] = new URL(url).host;
    await this.startNode(name, ...again);
  }

  url(name) {
    return this.nodes.get(name).url;
  }

  topUp(band, amount) {
    const desk = ['--home', this.at('desk'), '--node', this.nodes.get('desk').address];
    this.run('topup', ...desk, '--band', this.tray(band), '--amount', amount, '--tender', 'cash');
  }

  // The codes of new vouchers, as a scanner types them.
  vouchers(value, count = 1) {
    const desk = ['--home', this.at('desk'), '--node', this.nodes.get('desk').address];
    this.issues = (this.issues ?? 0) + 1;
    const out = ['--out', this.at(`vouchers-${this.issues}`)];
    const sold = ['--value', value, '--count', String(count), '--tender', 'cash'];
    return this.run('voucher', 'issue', ...desk, ...sold, ...out).vouchers.map(({ code }) => code);
  }

  // Crew meals for a band, with the yes of a supervisor beside the desk.
  giveMeals(band, meals) {
    const desk = ['--home', this.at('desk'), '--node', this.nodes.get('desk').address];
    const approver = ['--approve', this.at('office', 'spares', 'supervisor-2')];
    const gift = ['--meals', String(meals), '--reason', 'crew', '--band', this.tray(band)];
    this.run('gift', ...desk, ...gift, ...approver);
  }

  // A sale away from any page.
  sell(sku) {
    const pos = ['--home', this.at('pos'), '--node', this.nodes.get('pos').address];
    return this.run('sell', ...pos, '--tender', 'cash', '--age-checked', '--item', sku);
  }

  // By a program that is not ours.
  code(secret = this.secret) {
    return execFileSync('oathtool', ['--totp', '--base32', secret], {
      encoding: 'utf8',
    }).trim();
  }

  async close() {
    this.hubLink.close();
    await Promise.all(
      [...this.nodes.values()].map(
        ({ child }) =>
          new Promise((gone) => {
            if (child.exitCode !== null || child.signalCode !== null) return gone();
            child.once('exit', gone);
            child.kill('SIGTERM');
          }),
      ),
    );
    rmSync(this.directory, { recursive: true, force: true });
  }
}

