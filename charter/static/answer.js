// The link on a slip carries the code behind "#": browsers do not send that part. Put it into the field, then forget it.
(() => {
  const field = document.getElementById("code");
  const code = decodeURIComponent(location.hash.slice(1));
  if (!field || !/^[0-9A-Za-z -]{16,40}$/.test(code)) return;
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("code-from-link").hidden = false;
})();
