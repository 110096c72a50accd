// SPDX-License-Identifier: Apache-2.0
// The HTTP door without a browser: one TLS client that knows the festival's authority.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { passphrase, pin } from './festival.mjs';

export class Client {
  constructor(url, authority) {
    this.base = new URL(url);
    this.ca = readFileSync(authority);
    this.agent = new Agent({ ca: this.ca, keepAlive: true, maxSockets: 64 });
    this.cookie = '';
    this.token = 'new';
  }

  // Resolves to {status, headers, body}; `body` is parsed where it is JSON.
  call(method, path, body, headers = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return this.raw(method, path, text, headers);
  }

  raw(method, path, text, headers = {}) {
    return new Promise((done, failed) => {
      const options = {
        method,
        agent: this.agent,
        headers: {
          ...(this.cookie && { Cookie: this.cookie }),
          ...(method !== 'GET' && { 'X-Verbena-Token': this.token }),
          ...(text !== undefined && { 'Content-Length': Buffer.byteLength(text) }),
          ...headers,
        },
      };
      const sent = request(new URL(path, this.base), options, (reply) => {
        const chunks = [];
        reply.on('data', (chunk) => chunks.push(chunk));
        reply.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const isJson = reply.headers['content-type'] === 'application/json';
          const body = isJson ? JSON.parse(bytes.toString()) : bytes;
          done({ status: reply.statusCode, headers: reply.headers, body });
        });
      });
      sent.on('error', failed);
      sent.end(text);
    });
  }

  // Opens the live stream; resolves once its head is there.
  stream() {
    return new Promise((done, failed) => {
      const headers = this.cookie ? { Cookie: this.cookie } : {};
      const options = { agent: false, ca: this.ca, headers };
      const sent = request(new URL('/api/events', this.base), options, (reply) => {
        const stream = { status: reply.statusCode, events: [], reply };
        let rest = '';
        reply.setEncoding('utf8');
        reply.on('data', (text) => {
          const parts = (rest + text).split('\n\n');
          rest = parts.pop();
          for (const part of parts) {
            const event = /^event: (.*)$/m.exec(part);
            const data = /^data: (.*)$/m.exec(part);
            if (event && data) stream.events.push({ event: event[1], data: JSON.parse(data[1]) });
          }
        });
        reply.on('error', () => {});
        done(stream);
      });
      sent.on('error', failed);
      sent.end();
    });
  }

  keep(entry) {
    const line = entry.headers['set-cookie']?.[0] ?? '';
    this.cookie = line.split(';')[0];
    this.token = entry.body.token ?? 'new';
    return entry;
  }

  async signInTill(festivalPin = pin) {
    await this.call('POST', '/api/reader/tap', { band: 'v001' });
    const entry = this.keep(await this.call('POST', '/api/sign-in', { pin: festivalPin }));
    await this.call('POST', '/api/reader/tap', { band: null });
    return entry;
  }

  async signInWall(code) {
    const body = { alias: 's001', passphrase, code };
    return this.keep(await this.call('POST', '/api/sign-in', body));
  }

  close() {
    this.agent.destroy();
  }
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
