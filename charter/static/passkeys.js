// Passkeys: a form with data-passkey asks the browser to make ("create") or use ("get") one, and sends what it says.
// Without this script, or in a browser that knows no passkeys, people log in with their password.

const known = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!known) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await ask(form.dataset.passkey, JSON.parse(form.dataset.options)));
    } catch {
      failed.hidden = false;
      return;
    }
    form.submit();
  });
}

async function ask(what, options) {
  if (what === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}
