// Saves each answer by itself, as soon as it is given, and says so. Without this script the page's buttons do the same.
// On an own device (own-device.js) what is typed is kept until it is saved, also when the browser is closed.
(() => {
  const form = document.querySelector("form[data-save]");
  if (!form || !window.fetch) return;
  const RETRY = 5000;
  const LONGEST = 60000;
  const PAUSE = 1500;
  const own = self.ownDevice;
  const token = form.elements.csrf_token.value;
  const page = form.getAttribute("action");
  const answers = new Map();
  let leaving = false;

  const say = (answer, text, how) => {
    answer.status.textContent = text;
    answer.status.classList.remove("error", "waits");
    if (how) answer.status.classList.add(how);
  };

  const address = (answer) => form.dataset.save.replace("ID", encodeURIComponent(answer.box.dataset.criterion));

  const fields = (answer) => {
    const found = [];
    for (const field of answer.box.querySelectorAll("input, textarea")) {
      if (!field.name || field.disabled || (field.type === "radio" && !field.checked)) continue;
      found.push([field.name, field.value]);
    }
    return found;
  };

  const button = (answer, text) => {
    const made = document.createElement("button");
    made.className = "button secondary";
    made.textContent = text;
    answer.status.after(" ", made);
    return made;
  };

  const compare = (answer) => {
    if (answer.box.querySelector("[data-compare]")) return;
    const made = button(answer, form.dataset.compare);
    made.type = "submit";
    made.name = "go";
    made.value = "stay";
    made.dataset.compare = "";
  };

  const discard = (answer) => {
    if (!own || answer.box.querySelector("[data-discard]")) return;
    const made = button(answer, own.discard);
    made.type = "button";
    made.dataset.discard = "";
    made.addEventListener("click", async () => {
      if (!own.isSure()) return;
      await own.drop(address(answer));
      leaving = true;
      location.reload();
    });
  };

  // One after the other, so that the last one written is the last one typed.
  const keep = (answer) => {
    if (!own) return;
    const { box } = answer;
    const draft = {
      address: address(answer),
      page,
      pack: form.dataset.pack,
      criterion: box.dataset.criterion,
      title: box.querySelector("legend").firstChild.textContent.trim(),
      rating: box.querySelector("input[type=radio]:checked")?.value,
      texts: [...box.querySelectorAll("textarea")].map((field) => field.value).filter(Boolean),
      fields: fields(answer),
    };
    answer.draft = draft;
    answer.keeping = (answer.keeping || Promise.resolve()).then(async () => {
      if (answer.draft === draft) answer.stamp = await own.keep(draft);
    }).catch(() => {
      answer.stamp = null;
    });
  };

  const take = (answer, result, draft, stamp) => {
    if (result.state === "saved") {
      answer.version.value = result.version;
      if (own && draft) own.drop(draft.address, stamp).then(() => own.amend(draft, result.version)).catch(() => null);
      if (answer.dirty) keep(answer);
      else say(answer, result.ask ? `${result.text} ${result.ask}` : result.text, result.ask && "error");
      const bar = document.querySelector("[data-progress]");
      bar.querySelector("span").textContent = result.progress;
      bar.querySelector("progress").value = result.answered;
      bar.querySelector("progress").max = Math.max(result.total, 1);
      if (result.reload && ![...answers.values()].some((each) => each.dirty || each.busy)) {
        leaving = true;
        location.hash = answer.box.id;
        location.reload();
      }
      return;
    }
    say(answer, result.text, "error");
    answer.stopped = true;
    if (result.state === "conflict") compare(answer);
    if (result.state !== "again") discard(answer);
  };

  const save = async (answer) => {
    clearTimeout(answer.timer);
    if (answer.busy || answer.stopped || !answer.dirty) return;
    answer.busy = true;
    answer.dirty = false;
    say(answer, form.dataset.saving, "waits");
    await answer.keeping;
    const { draft, stamp } = answer;
    const body = new FormData();
    for (const each of fields(answer)) body.append(...each);
    let result = null;
    try {
      const response = await fetch(address(answer), {
        method: "POST",
        body,
        headers: { "X-CSRFToken": token, Accept: "application/json" },
        credentials: "same-origin",
      });
      if ((response.headers.get("Content-Type") || "").startsWith("application/json")) {
        result = await response.json();
      } else if (response.status < 500) {
        result = { state: "again", text: form.dataset.logIn };
      }
    } catch {
      result = null;
    }
    answer.busy = false;
    if (result === null) {
      answer.dirty = true;
      say(answer, ...answer.stamp ? [own.waiting, "waits"] : [form.dataset.notSaved, "error"]);
      answer.wait = Math.min(2 * (answer.wait || RETRY / 2), LONGEST);
      answer.timer = setTimeout(save, answer.wait, answer);
      return;
    }
    answer.wait = 0;
    take(answer, result, draft, stamp);
    if (answer.dirty) save(answer);
  };

  for (const box of form.querySelectorAll("fieldset[data-criterion]")) {
    const version = box.querySelector('input[type="hidden"][name$="-version"]');
    const answer = { box, version, status: box.querySelector("[data-save-state]"), dirty: false, busy: false };
    // What is in conflict is decided on the whole page.
    if (version.disabled || box.querySelector(".conflict")) continue;
    answers.set(box, answer);
    const changed = (event, pause) => {
      if (!event.target.name) return;
      answer.dirty = true;
      answer.stopped = answer.stopped && Boolean(box.querySelector("[data-compare]"));
      keep(answer);
      clearTimeout(answer.timer);
      answer.timer = setTimeout(save, pause, answer);
    };
    box.addEventListener("change", (event) => changed(event, 0));
    box.addEventListener("input", (event) => event.target.matches("textarea") && changed(event, PAUSE));
  }

  // What was kept and not saved stands in the fields again, with the version that its author saw, and is sent.
  const restore = async () => {
    const byAddress = new Map([...answers.values()].map((answer) => [address(answer), answer]));
    const inConflict = [...form.querySelectorAll("fieldset:has(.conflict)")].map((box) => address({ box }));
    own.isOfThisPage = (draft) => byAddress.has(draft.address) || inConflict.includes(draft.address);
    for (const draft of await own.drafts()) {
      const answer = byAddress.get(draft.address);
      if (!answer || answer.dirty || answer.busy) continue;
      for (const [name, value] of draft.fields) {
        for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
          if (field.type === "radio") field.checked = field.value === value;
          else field.value = value;
        }
      }
      answer.draft = draft;
      answer.stamp = draft.stamp;
      answer.dirty = true;
      save(answer);
    }
  };
  if (own) restore();

  window.addEventListener("online", () => answers.forEach(save));
  form.addEventListener("submit", async (event) => {
    leaving = true;
    const stays = own && !form.dataset.decided ? [...form.querySelectorAll('[name$="-take"][value="stored"]:checked')] : [];
    if (!stays.length) return;
    // Decided for what is stored: the draft goes first.
    event.preventDefault();
    form.dataset.decided = "yes";
    for (const choice of stays) await own.drop(address({ box: choice.closest("fieldset") }));
    form.requestSubmit(event.submitter);
  });
  window.addEventListener("beforeunload", (event) => {
    const isOpen = (each) => (each.dirty || each.busy) && !each.stamp;
    if (!leaving && [...answers.values()].some(isOpen)) event.preventDefault();
  });
})();
