// What an own device keeps, in pages and in the service worker: drafts and pages, encrypted, and the keys that open them.
// Why it is so, and against whom it helps: docs/decisions/0018-offline.md.
(() => {
  "use strict";
  const DAYS = 3;
  const MARK = "own-device";
  let opened = null;

  const open = () => opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open("charter", 1);
    asked.onupgradeneeded = () => {
      for (const name of ["keys", "drafts", "pages"]) asked.result.createObjectStore(name, { keyPath: "id" });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

  // One step in one store; done when it is on the disk.
  const run = async (store, mode, work) => {
    const database = await open();
    return new Promise((done, failed) => {
      const step = database.transaction(store, mode, { durability: "strict" });
      const asked = work(step.objectStore(store));
      step.oncomplete = () => done(asked?.result);
      step.onerror = step.onabort = () => failed(step.error);
    });
  };
  const all = (store) => run(store, "readonly", (rows) => rows.getAll());
  const get = (store, id) => run(store, "readonly", (rows) => rows.get(id));
  const put = (store, row) => run(store, "readwrite", (rows) => rows.put(row));
  const remove = (store, id) => run(store, "readwrite", (rows) => rows.delete(id));
  const removeWhere = async (store, test) => {
    for (const row of await all(store)) if (test(row)) await remove(store, row.id);
  };

  const keyOf = async (owner) => {
    const row = await get("keys", owner);
    if (row && row.until > Date.now()) return row.key;
    if (row) await remove("keys", owner);
    return null;
  };

  // The name of a row is bound to its content, so that nobody can exchange one for another.
  const seal = async (key, id, value) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const how = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(id) };
    return { iv, sealed: await crypto.subtle.encrypt(how, key, new TextEncoder().encode(JSON.stringify(value))) };
  };
  const unseal = async (key, row) => {
    const how = { name: "AES-GCM", iv: row.iv, additionalData: new TextEncoder().encode(row.id) };
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, key, row.sealed)));
  };
  const opens = async (store, test) => {
    const found = [];
    for (const row of await all(store)) {
      const key = test(row) && await keyOf(row.owner);
      if (!key) continue;
      try {
        found.push({ id: row.id, stamp: row.stamp, ...await unseal(key, row) });
      } catch {
        // Of another key, or damaged: it stays, and keeps nothing else from being read.
      }
    }
    return found;
  };

  const until = () => Date.now() + DAYS * 24 * 60 * 60 * 1000;

  self.kept = {
    MARK,

    // The key that the server gave: from here on no script can read it, only use it.
    async unlock(owner, base64, language) {
      const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
      const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
      await put("keys", { id: owner, key, language, until: until() });
    },

    // Whether there is a key; the server has just said that it may be used for some days more.
    async extend(owner, language) {
      const key = await keyOf(owner);
      if (key) await put("keys", { id: owner, key, language, until: until() });
      return Boolean(key);
    },

    // Nobody can read here what is kept, except `owner`, until the server gives a key again. Drafts stay, closed.
    async lock(owner) {
      await removeWhere("keys", (row) => row.id !== owner);
      await removeWhere("pages", (row) => row.owner !== owner);
    },

    // Nothing of that owner stays.
    async forget(owner) {
      for (const store of ["drafts", "pages"]) await removeWhere(store, (row) => row.owner === owner);
      await remove("keys", owner);
    },

    async language() {
      return (await all("keys"))[0]?.language;
    },

    async keepDraft(owner, draft) {
      const key = await keyOf(owner);
      if (!key) return null;
      const id = `${owner} ${draft.address}`, stamp = crypto.randomUUID();
      await put("drafts", { id, owner, stamp, ...await seal(key, id, draft) });
      return stamp;
    },

    drafts: (owner) => opens("drafts", (row) => row.owner === owner),

    // A draft that was written anew in the meantime stays.
    async dropDraft(owner, address, stamp) {
      const id = `${owner} ${address}`;
      const row = await get("drafts", id);
      if (row && (!stamp || row.stamp === stamp)) await remove("drafts", id);
    },

    async keepPage(owner, build, address, page) {
      const key = await keyOf(owner), id = `${owner} ${address}`;
      if (key) await put("pages", { id, owner, build, ...await seal(key, id, { address, ...page }) });
    },

    // A page as it was last seen, by whoever has a key here.
    page: async (address) => (await opens("pages", (row) => row.id.endsWith(` ${address}`)))[0],
    pages: () => opens("pages", () => true),
    builds: async () => new Set((await all("pages")).map((row) => row.build)),

    // What was saved after the page was kept is put into the copy, too.
    async amendPage(owner, address, change) {
      const row = await get("pages", `${owner} ${address}`);
      const found = row && await kept.page(address);
      if (found) await kept.keepPage(owner, row.build, address, { ...found, text: change(found.text) });
    },
  };
})();
