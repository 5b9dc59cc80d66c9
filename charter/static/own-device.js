// On a device that its user called their own: keeps drafts and pages (kept.js), sends what waits, and says so.
// save.js asks it to keep what is typed. On the page for "no connection" it only lists what is kept.
(() => {
  "use strict";
  const words = document.currentScript.dataset;
  const root = document.documentElement;
  const main = document.getElementById("main");
  const owner = words.own;
  const FIRST_WAIT = 5000, LONGEST_WAIT = 300000;
  const make = (name, textContent = "", className = "") =>
    Object.assign(document.createElement(name), { textContent, className });

  if (words.list) {
    list(document.getElementById(words.list));
    return;
  }

  const ready = begin();
  // What the form on this page sends by itself; the rest is sent here.
  const own = self.ownDevice = {
    isOfThisPage: () => false,
    waiting: words.waiting,
    discard: words.discard,
    drafts: async () => (await ready) ? kept.drafts(owner) : [],
    keep: async (draft) => {
      const about = { language: root.lang, at: new Date().toISOString() };
      return (await ready) ? kept.keepDraft(owner, { ...draft, ...about }) : null;
    },
    drop: (address, stamp) => kept.dropDraft(owner, address, stamp),
    amend,
    isSure: () => confirm(words.sure),
  };

  async function begin() {
    localStorage.setItem(kept.MARK, owner);
    await kept.lock(owner);
    if (root.dataset.keptAt) {
      main.prepend(Object.assign(make("p", words.copy, "notice info"), { role: "status" }));
      return true;
    }
    if (!(await kept.extend(owner, root.lang))) {
      const answer = await fetch(words.key, { method: "POST", headers: { "X-CSRFToken": token() } });
      if (!answer.ok) return false;
      await kept.unlock(owner, (await answer.json()).key, root.lang);
    }
    await register();
    return true;
  }

  async function register() {
    if (!navigator.serviceWorker) return;
    navigator.storage?.persist?.();
    await navigator.serviceWorker.register(words.worker, { scope: words.scope, updateViaCache: "none" });
    // The worker did not see this page come: it asks for it once more.
    if (words.build && !navigator.serviceWorker.controller) {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
      if (answer.ok && answer.headers.has("Charter-Keep")) {
        const page = { text: await answer.text(), at: new Date().toISOString() };
        await kept.keepPage(owner, words.build, location.pathname + location.search, page);
      }
    }
  }

  function token() {
    return document.querySelector("input[name=csrf_token]").value;
  }

  // Puts an answer that was saved into the copies of its page.
  async function amend(draft, version) {
    await kept.amendPage(owner, draft.page, (text) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      for (const [name, value] of draft.fields) {
        for (const field of page.getElementsByName(name)) {
          if (field.type === "radio") field.toggleAttribute("checked", field.value === value);
          else if (field.type === "hidden") field.setAttribute("value", name.endsWith("-version") ? version : value);
          else field.textContent = value;
        }
      }
      return `<!DOCTYPE html>\n${page.documentElement.outerHTML}`;
    });
  }

  // Whether the server took it; null if it may take it later.
  async function send(draft) {
    const body = new FormData();
    for (const [name, value] of draft.fields) body.append(name, value);
    const headers = { "X-CSRFToken": token(), Accept: "application/json" };
    const answer = await fetch(draft.address, { method: "POST", body, headers }).catch(() => null);
    // Not now; or logged out, or the page is old: the next page sends it.
    if (!answer || answer.status >= 500 || [400, 401, 429].includes(answer.status) || answer.redirected) return null;
    const isSaid = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    const result = isSaid ? await answer.json() : { state: "refused", text: words.gone };
    if (result.state !== "saved") return result;
    await kept.dropDraft(owner, draft.address, draft.stamp);
    await amend(draft, result.version);
    return result;
  }

  // One refused answer holds up no other. Two tabs do not send at once.
  async function sendAll(wait) {
    const waiting = [], stuck = [];
    let sent = 0;
    await navigator.locks.request("charter-drafts", async () => {
      for (const draft of await own.drafts()) {
        if (own.isOfThisPage(draft)) continue;
        const result = navigator.onLine ? await send(draft) : null;
        if (result === null) waiting.push(draft);
        else if (result.state === "saved") sent += 1;
        else stuck.push([draft, result.text]);
      }
    });
    tell(sent, waiting, stuck);
    if (!waiting.length) return;
    clearTimeout(own.timer);
    own.timer = setTimeout(sendAll, wait, Math.min(2 * wait, LONGEST_WAIT));
  }

  function tell(sent, waiting, stuck) {
    document.getElementById("unsent")?.remove();
    const place = Object.assign(make("section"), { id: "unsent" });
    const say = (text, tone) => place.append(Object.assign(make("p", text, `notice ${tone}`), { role: "status" }));
    if (sent) say(words.sent.replace("NUMBER", sent), "done");
    if (waiting.length) say(words.wait.replace("NUMBER", waiting.length), "info");
    if (stuck.length) {
      const box = make("div", "", "notice warn");
      box.append(make("h2", words.stuck), make("p", words.stuckHelp));
      for (const each of stuck) box.append(refused(...each));
      place.append(box);
    }
    if (place.childElementCount) main.prepend(place);
  }

  // What was typed stays in sight, to be copied, until its author lets go of it.
  function refused(draft, why) {
    const box = make("details"), link = make("a", words.page), button = make("button", words.discard, "button secondary");
    const title = draft.language === root.lang ? draft.title : draft.criterion;
    box.open = true;
    box.append(make("summary", title), make("p", why, "error"));
    for (const text of draft.texts) {
      const field = make("div", "", "field"), label = make("label", words.wrote);
      label.append(Object.assign(make("textarea", text), { readOnly: true, rows: 3 }));
      field.append(label);
      box.append(field);
    }
    if (draft.rating) box.append(make("p", words.level.replace("LEVEL", draft.rating)));
    link.href = `${draft.page}#c-${draft.criterion}`;
    button.type = "button";
    button.addEventListener("click", async () => {
      if (!own.isSure()) return;
      await kept.dropDraft(owner, draft.address);
      box.remove();
      if (!document.querySelector("#unsent details")) document.getElementById("unsent").remove();
    });
    const row = make("p", "", "actions");
    row.append(link, button);
    box.append(row);
    return box;
  }

  // Logging out closes what is kept; calling the device no longer one's own removes it, also what is not sent.
  for (const form of document.querySelectorAll("form[data-leaves]")) {
    form.addEventListener("submit", async (event) => {
      if (form.dataset.left) return;
      event.preventDefault();
      if (form.dataset.leaves === "forget") {
        if ((await own.drafts()).length && !confirm(words.unsent)) return;
        await kept.forget(owner);
        localStorage.removeItem(kept.MARK);
        await (await navigator.serviceWorker?.getRegistration(words.scope))?.unregister();
        for (const name of await caches.keys()) await caches.delete(name);
      } else {
        await kept.lock("");
      }
      form.dataset.left = "yes";
      form.requestSubmit(event.submitter);
    });
  }

  async function list(section) {
    const pages = await kept.pages(), all = make("ul");
    for (const { address, text } of pages) {
      const page = new DOMParser().parseFromString(text, "text/html");
      const item = make("li"), link = Object.assign(make("a", page.querySelector("h1").textContent), { href: address });
      link.lang = page.documentElement.lang;
      item.append(link);
      all.append(item);
    }
    section.append(all);
    section.hidden = !pages.length;
  }

  window.addEventListener("load", () => sendAll(FIRST_WAIT));
  window.addEventListener("online", () => sendAll(FIRST_WAIT));
})();
