// Help that the pages can do without: room left for attachments, drop zone and digest of a proof.
"use strict";

const french = document.documentElement.lang === "fr";
const size = (count) => {
  const single = french ? count < 2 : count === 1;
  if (count < 1e3) return `${count}\u202f${french ? "octet" : "byte"}${single ? "" : "s"}`;
  const [unit, divisor] = count < 1e6 ? [french ? "ko" : "kB", 1e3] : [french ? "Mo" : "MB", 1e6];
  return `${(count / divisor).toLocaleString(french ? "fr" : "en", { maximumFractionDigits: 1 })}\u202f${unit}`;
};

const gauge = document.querySelector("meter.gauge");
const chooser = document.getElementById("files");
if (gauge && chooser) {
  const used = document.querySelector("[data-used]");
  const list = document.querySelector("[data-chosen]");
  const recount = () => {
    const removed = [...document.querySelectorAll("input[name=remove]:checked")];
    const kept = Number(used.dataset.used) - removed.reduce((sum, box) => sum + Number(box.dataset.size), 0);
    const total = [...chooser.files].reduce((sum, file) => sum + file.size, kept);
    gauge.value = total;
    used.textContent = size(total);
    const over = total > Number(used.dataset.limit);
    chooser.setCustomValidity(over ? (french ? "Ces fichiers dépassent la taille permise." : "These files exceed the permitted size.") : "");
    chooser.closest(".field").classList.toggle("invalid", over);
    list.replaceChildren(...[...chooser.files].map((file) => {
      const row = document.createElement("li");
      row.className = "file";
      row.textContent = `${file.name} · ${size(file.size)}`;
      return row;
    }));
    list.hidden = chooser.files.length === 0;
    if (over) chooser.reportValidity();
  };
  document.querySelector("form[enctype]").addEventListener("change", recount);
}

const zone = document.querySelector("[data-drop]");
if (zone) {
  const input = document.getElementById(zone.dataset.drop);
  const line = zone.querySelector("[data-digest]");
  const show = async () => {
    const [file] = input.files;
    line.hidden = true;
    if (!file || !globalThis.crypto?.subtle) return;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    const digits = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    line.querySelector("samp").textContent = digits.match(/.{8}/g).join(" ");
    line.hidden = false;
  };
  const over = (on) => (event) => { event.preventDefault(); zone.classList.toggle("over", on); };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    input.files = event.dataTransfer.files;
    show();
  });
  input.addEventListener("change", show);
}
