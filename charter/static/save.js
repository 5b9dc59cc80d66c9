// Saves each answer by itself, as soon as it is given, and says so. Without this script the page's buttons do the same.
(() => {
  const form = document.querySelector("form[data-save]");
  if (!form || !window.fetch) return;
  const RETRY = 5000;
  const PAUSE = 1500;
  const token = form.elements.csrf_token.value;
  const answers = new Map();
  let leaving = false;

  const say = (answer, text, wrong) => {
    answer.status.textContent = text;
    answer.status.classList.toggle("error", Boolean(wrong));
  };

  const body = (answer) => {
    const data = new FormData();
    for (const field of answer.box.querySelectorAll("input, textarea")) {
      if (!field.name || field.disabled || (field.type === "radio" && !field.checked)) continue;
      data.append(field.name, field.value);
    }
    return data;
  };

  const compare = (answer) => {
    if (answer.box.querySelector("[data-compare]")) return;
    const button = document.createElement("button");
    button.type = "submit";
    button.className = "button secondary";
    button.name = "go";
    button.value = "stay";
    button.dataset.compare = "";
    button.textContent = form.dataset.compare;
    answer.status.after(" ", button);
  };

  const take = (answer, result) => {
    if (result.state === "saved") {
      answer.version.value = result.version;
      if (!answer.dirty) say(answer, result.ask ? `${result.text} ${result.ask}` : result.text, result.ask);
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
    say(answer, result.text, true);
    answer.stopped = true;
    if (result.state === "conflict") compare(answer);
  };

  const save = async (answer) => {
    clearTimeout(answer.timer);
    if (answer.busy || answer.stopped || !answer.dirty) return;
    answer.busy = true;
    answer.dirty = false;
    say(answer, form.dataset.saving);
    let result = null;
    try {
      const response = await fetch(form.dataset.save.replace("ID", encodeURIComponent(answer.box.dataset.criterion)), {
        method: "POST",
        body: body(answer),
        headers: { "X-CSRFToken": token, Accept: "application/json" },
        credentials: "same-origin",
      });
      if ((response.headers.get("Content-Type") || "").startsWith("application/json")) {
        result = await response.json();
      } else if (response.status < 500) {
        result = { state: "refused", text: form.dataset.logIn };
      }
    } catch {
      result = null;
    }
    answer.busy = false;
    if (result === null) {
      answer.dirty = true;
      say(answer, form.dataset.notSaved, true);
      answer.timer = setTimeout(save, RETRY, answer);
      return;
    }
    take(answer, result);
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
      clearTimeout(answer.timer);
      answer.timer = setTimeout(save, pause, answer);
    };
    box.addEventListener("change", (event) => changed(event, 0));
    box.addEventListener("input", (event) => event.target.matches("textarea") && changed(event, PAUSE));
  }

  window.addEventListener("online", () => answers.forEach(save));
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && [...answers.values()].some((each) => each.dirty || each.busy)) event.preventDefault();
  });
})();
