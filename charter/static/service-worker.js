// Answers for own devices without a connection. `given` stands before it (charter/web/own_device.py): what belongs to
// this build of the application. Files have their content in their address, so builds never mix.
importScripts(given.kept);

const SLOW = 10000;
const CACHE = `charter-${given.build}`;
const policy = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": given.policy };

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    const pages = Object.values(given.offline).map((each) => new Request(each, { cache: "no-cache" }));
    await cache.addAll([...given.shell, ...pages]);
    await self.skipWaiting();
  })());
});

// The files of an older build stay for as long as a page of it is kept.
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const needed = new Set([CACHE, ...[...await kept.builds()].map((build) => `charter-${build}`)]);
    for (const name of await caches.keys()) if (!needed.has(name)) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  const place = url.pathname + url.search;
  // Pages of staff who answer with a code leave no trace, on any device.
  if (url.origin !== location.origin || url.pathname === given.staff || url.pathname.startsWith(`${given.staff}/`)) return;
  if (request.mode === "navigate") event.respondWith(page(event, place));
  else if (request.method === "GET" && url.pathname.includes("/static/")) event.respondWith(file(request, url));
});

async function file(request, url) {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok && url.pathname.startsWith(given.fonts)) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

// The network first. Who waits long, or has no line, gets the copy that was kept, if there is one.
async function page(event, place) {
  const { request } = event;
  const reads = request.method === "GET";
  const asked = fetch(request);
  if (reads) event.waitUntil(asked.then((answer) => keep(place, answer), () => null));
  try {
    const slow = reads && await kept.page(place).catch(() => null);
    if (!slow) return await asked;
    return await Promise.race([asked, new Promise((done) => setTimeout(() => done(copy(slow)), SLOW))]);
  } catch {
    const found = await kept.page(place).catch(() => null);
    if (found && !reads) return Response.redirect(request.url, 303);
    return found ? copy(found) : offline();
  }
}

async function keep(place, answer) {
  const [owner, build] = (answer.headers.get("Charter-Keep") || "").split(" ");
  if (!owner || !answer.ok) return;
  const text = await answer.clone().text();
  await kept.keepPage(owner, build, place, { text, at: new Date().toISOString() });
}

function copy(found) {
  return new Response(found.text.replace("<html ", `<html data-kept-at="${found.at}" `), { headers: policy });
}

async function offline() {
  const wanted = [await kept.language().catch(() => ""), ...navigator.languages.map((each) => each.slice(0, 2))];
  const language = wanted.find((each) => each in given.offline) || Object.keys(given.offline)[0];
  return caches.match(given.offline[language], { cacheName: CACHE });
}
