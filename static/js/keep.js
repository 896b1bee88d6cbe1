// Keeps what is typed into a form in this browser until the server has said that it is saved, so that neither a session
// that timed out nor a lost connection loses it. Files can't be kept. Without it the form works the same.
(() => {
  "use strict";
  const { person } = document.currentScript.dataset;
  const PREFIX = "kept:";
  const DAYS = 7;
  const kept = (key) => JSON.parse(localStorage.getItem(key));

  const sent = sessionStorage.getItem("sent");
  sessionStorage.removeItem("sent");
  if (sent && document.querySelector(".messagelist .success")) localStorage.removeItem(sent);
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))) {
    // Others may sit at this computer next.
    if (kept(key).person !== person || Date.now() - kept(key).at > DAYS * 86_400_000) localStorage.removeItem(key);
  }

  const notice = document.getElementById("kept");
  const form = notice?.closest("form");
  if (!form) return;
  const key = PREFIX + location.pathname + location.search;
  const NOT_TYPED = ["hidden", "file", "password", "submit", "button", "fieldset"];
  // So that a kept form never overwrites what others saved since.
  const isVersion = (name) => name === "_edited_from" || name.startsWith("_version-");
  const fields = () => [...form.elements].filter((f) => f.name && (!NOT_TYPED.includes(f.type) || isVersion(f.name)));
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  const nameOf = (field) => (isBox(field) ? `${field.name}=${field.value}` : field.name);
  const values = () => Object.fromEntries(fields().map((f) => [nameOf(f), isBox(f) ? f.checked : f.value]));
  const fill = (wanted) => {
    for (const field of fields().filter((field) => nameOf(field) in wanted)) {
      if (isBox(field)) field.checked = wanted[nameOf(field)];
      else field.value = wanted[nameOf(field)];
    }
  };

  const found = values();
  const old = kept(key);
  const isAnswered = document.querySelector(".errornote, .desk-errors, .desk-conflict"); // the server sent back what was typed
  const isOther = (name) => !isVersion(name) && old.values[name] !== found[name];
  if (old && !isAnswered && Object.keys(old.values).some(isOther)) {
    fill(old.values);
    notice.querySelector("time").textContent = new Date(old.at).toLocaleString("zh-CN");
    notice.hidden = false;
    notice.querySelector("button").addEventListener("click", () => {
      fill(found);
      localStorage.removeItem(key);
      notice.hidden = true;
    });
  }
  const keep = () => localStorage.setItem(key, JSON.stringify({ person, at: Date.now(), values: values() }));
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("submit", () => {
    keep();
    sessionStorage.setItem("sent", key);
  });
})();
