// SPDX-License-Identifier: Apache-2.0
// Lets the till's shell open without a network. Never touches /api/.
const CACHE = "verbena-NAME";
const FILES = ["SHELL"];
const PAGE_MS = 3000;

self.addEventListener("install", (event) => {
  const fill = async () => (await caches.open(CACHE)).addAll(FILES);
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const old = (await caches.keys()).filter((name) => name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (FILES.includes(url.pathname)) event.respondWith(file(request));
});

// From the node where it answers in time, else as it was.
async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_MS) });
    if (answer.ok) return answer;
  } catch {
    // The node does not answer.
  }
  return (await caches.match("/", { cacheName: CACHE })) ?? Response.error();
}

async function file(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}
