// Makes pages pleasanter; everything works without it. Attributes that templates may use: docs/design.md.
(() => {
  "use strict";
  const words = document.currentScript.dataset;

  // Whoever is told what is wrong should be where it is said, with a keyboard or a screen reader too.
  const problems = document.getElementById("problems");
  if (problems) problems.focus();
  for (const link of document.querySelectorAll('.problems a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      const place = document.getElementById(link.hash.slice(1));
      const field = place && (place.matches("fieldset") ? place.querySelector("input, select, textarea") : place);
      if (!field) return;
      event.preventDefault();
      place.scrollIntoView({ block: "center" });
      field.focus({ preventScroll: true });
    });
  }

  // Text written and not sent: ask before leaving. A form that saves by itself carries data-save.
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (event.target.matches("textarea") && form && !("save" in form.dataset)) changed.add(form);
  });
  document.addEventListener("submit", (event) => changed.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });

  // data-when="name=value": only there while that field has that value.
  for (const part of document.querySelectorAll("[data-when]")) {
    const [name, ...values] = part.dataset.when.split("=");
    const form = part.closest("form");
    const update = () => {
      const given = new FormData(form).getAll(name);
      part.hidden = !values.join("=").split("|").some((value) => given.includes(value));
    };
    form.addEventListener("change", update);
    update();
  }

  // Passwords can be looked at.
  for (const input of document.querySelectorAll('input[type="password"]')) {
    const frame = document.createElement("span");
    frame.className = "shown";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.show;
    button.setAttribute("aria-controls", input.id);
    button.addEventListener("click", () => {
      const hidden = input.type === "password";
      input.type = hidden ? "text" : "password";
      button.textContent = hidden ? words.hide : words.show;
    });
    input.replaceWith(frame);
    frame.append(input, button);
    input.form?.addEventListener("submit", () => { input.type = "password"; });
  }

  // A menu closes on Escape, and when somebody goes on elsewhere.
  const menus = [...document.querySelectorAll("details.menu")];
  const close = (except) => menus.forEach((menu) => { if (menu !== except) menu.open = false; });
  document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
  document.addEventListener("focusin", (event) => close(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // A table wider than the screen can be scrolled with the keyboard.
  const wide = () => {
    for (const frame of document.querySelectorAll(".table-wrap")) {
      const scrolls = frame.scrollWidth > frame.clientWidth;
      if (scrolls) {
        frame.tabIndex = 0;
        frame.setAttribute("role", "group");
        frame.setAttribute("aria-label", frame.querySelector("caption")?.textContent.trim() || words.table);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
      }
    }
  };
  wide();
  window.addEventListener("resize", wide);

  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // A device can be called one's own where it can keep something and answer without a connection.
  const canKeep = window.isSecureContext && window.indexedDB && navigator.serviceWorker && navigator.locks;
  for (const form of document.querySelectorAll("form[data-own-device]")) {
    form.hidden = !canKeep;
    // If the browser lost its cookie, and not what it keeps, the server knows the device by this.
    if (canKeep) form.elements.mark.value = localStorage.getItem("own-device") || "";
  }

  // It is somebody's own, and this page is not theirs: nobody reads what is kept until they log in again.
  if (canKeep && words.own === "" && localStorage.getItem("own-device")) {
    const script = document.createElement("script");
    script.src = words.kept;
    script.addEventListener("load", () => kept.lock(""));
    document.head.append(script);
  }
})();
