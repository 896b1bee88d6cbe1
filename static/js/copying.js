// Copies the text of a box. Without script the button stays away and the text is selected by hand.
for (const button of document.querySelectorAll("[data-copies]")) {
  const box = document.getElementById(button.dataset.copies);
  const status = document.querySelector(`[data-copied-of="${button.dataset.copies}"]`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    box.select();
    try {
      await navigator.clipboard.writeText(box.value);
      status.textContent = "复制好了。";
    } catch {
      // Over plain http, or refused: what is selected can be copied by the older way, or by hand.
      status.textContent = document.execCommand("copy") ? "复制好了。" : "已经选中，按 Ctrl+C 复制。";
    }
  });
}
