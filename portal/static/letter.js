// Holds files against the letter that a proof names, on this device: nothing is sent anywhere.
"use strict";

{
  const zone = document.querySelector("[data-letter]");
  const french = document.documentElement.lang === "fr";
  const say = (fr, en) => (french ? fr : en);
  const commitment = zone.dataset.letter;
  const rows = [...document.querySelectorAll(".files.letter [data-sha256]")];
  const pieces = rows.map((row) => ({ name: row.querySelector("b").textContent, sha256: row.dataset.sha256 }));
  const input = zone.querySelector("input");
  const list = zone.querySelector("[data-compared]");
  const PDF_LIMIT = 32e6;
  const FILE_LIMIT = 600e6;
  const MANIFEST_LIMIT = 1e6;
  const DRAWINGS = {
    passed: "M8 12.3l2.8 2.8 5.4-6M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    failed: "M9 9l6 6M15 9l-6 6M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    unknown: "M12 4L2.5 20h19zM12 10v4.5M12 17.3v.1",
    skipped: "M12 7v5l3.5 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  };
  const WORDS = {
    attachment: ["passed", "Cette pièce jointe est bien celle déposée.", "This attachment is the one deposited."],
    message: ["passed", "Ce texte est bien le message de la lettre.", "This text is the letter’s message."],
    manifest: ["passed", "Ce manifeste est bien celui de la lettre.", "This manifest is the letter’s own."],
    paper: [
      "passed",
      "Ce PDF contient le manifeste de la lettre\u202f: il donne l’empreinte imprimée sur la preuve.",
      "This PDF holds the letter’s manifest: it gives the digest printed on the proof.",
    ],
    changed: [
      "failed",
      "Ce fichier porte le nom d’une pièce jointe et n’est pas celui déposé.",
      "This file bears the name of an attachment and is not the one deposited.",
    ],
    none: ["failed", "Ce fichier n’est pas de cette lettre.", "This file is not of this letter."],
    unsure: [
      "unknown",
      "Ce fichier n’est pas une pièce jointe de la lettre. Si c’est son message ou son PDF, ajoutez le PDF de la lettre tel qu’il a été téléchargé, ou utilisez lse-verify.",
      "This file is no attachment of the letter. If it is its message or its PDF, add the letter’s PDF as downloaded, or use lse-verify.",
    ],
    unreadable: ["unknown", "Ce fichier n’a pas pu être lu sur cet appareil.", "This file could not be read on this device."],
    large: [
      "unknown",
      "Ce fichier est trop grand pour être comparé ici\u202f: utilisez lse-verify.",
      "This file is too large to be compared here: use lse-verify.",
    ],
  };

  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

  const line = (outcome, word, text) => {
    const row = document.createElement("li");
    const sign = document.createElement("span");
    sign.className = outcome;
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("class", "icon");
    drawing.setAttribute("viewBox", "0 0 24 24");
    drawing.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", DRAWINGS[outcome]);
    drawing.append(path);
    sign.append(drawing);
    const words = document.createElement("div");
    const name = document.createElement("b");
    name.textContent = word;
    words.append(name, document.createElement("br"), text);
    row.append(sign, words);
    return row;
  };

  // The manifest is an embedded file whose bytes give the commitment: no other stream of the PDF can pass for it.
  const manifestIn = async (bytes) => {
    const text = new TextDecoder("latin1").decode(bytes);
    for (const found of text.matchAll(/<<(?:(?!endobj)[^])*?\/EmbeddedFile\b(?:(?!endobj)[^])*?stream\r?\n/g)) {
      const start = found.index + found[0].length;
      const length = /\/Length (\d+)(?! \d+ R)/.exec(found[0]);
      const end = length ? start + Number(length[1]) : text.indexOf("endstream", start);
      const raw = bytes.subarray(start, end);
      const content = /\/FlateDecode\b/.test(found[0]) ? await inflated(raw) : raw;
      if (content && content.length <= MANIFEST_LIMIT && (await sha256(content)) === commitment) return content;
    }
    return null;
  };

  const inflated = async (raw) => {
    const parts = [];
    let size = 0;
    try {
      const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
      for (let step = await reader.read(); !step.done; step = await reader.read()) {
        parts.push(step.value);
        size += step.value.length;
        if (size > MANIFEST_LIMIT) {
          await reader.cancel();
          return null;
        }
      }
    } catch {
      return null;
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  };

  const read = async (file) => {
    if (file.size > FILE_LIMIT) return { name: file.name, role: "large" };
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const digest = await sha256(bytes);
      const isPdf = hex(bytes.subarray(0, 5)) === "255044462d";
      if (digest === commitment) return { name: file.name, digest, manifest: bytes, role: "manifest" };
      const manifest = isPdf && bytes.length <= PDF_LIMIT && globalThis.DecompressionStream ? await manifestIn(bytes) : null;
      return { name: file.name, digest, manifest, role: manifest ? "paper" : null };
    } catch {
      return { name: file.name, role: "unreadable" };
    }
  };

  const message = (held) => {
    const found = held.find((one) => one.manifest);
    return found ? JSON.parse(new TextDecoder().decode(found.manifest)).message.sha256 : null;
  };

  const role = (one, known) => {
    if (pieces.some((piece) => piece.sha256 === one.digest)) return "attachment";
    if (one.role) return one.role;
    if (one.digest === known) return "message";
    if (pieces.some((piece) => piece.name === one.name)) return "changed";
    return known ? "none" : "unsure";
  };

  const show = (held) => {
    const known = message(held);
    const lines = held.map((one) => {
      const [outcome, fr, en] = WORDS[role(one, known)];
      return line(outcome, one.name, say(fr, en));
    });
    const left = pieces.filter((piece) => !held.some((one) => one.digest === piece.sha256));
    if (left.length) {
      const names = left.map((piece) => piece.name).join(", ");
      lines.push(line("skipped", say("Pièces jointes qui restent à comparer", "Attachments still to be compared"), names));
    }
    list.replaceChildren(...lines);
  };

  let turn = 0;
  const compare = async (files) => {
    const mine = ++turn;
    const held = [];
    for (const file of files) {
      const size = (file.size / 1e6).toLocaleString(french ? "fr" : "en", { maximumFractionDigits: 1 });
      const words = say(`Calcul de l’empreinte sur votre appareil (${size}\u202fMo)…`, `Computing the digest on your device (${size} MB)…`);
      list.append(line("skipped", file.name, words));
      const one = await read(file);
      if (mine !== turn) return;
      held.push(one);
      show(held);
    }
  };

  zone.hidden = false;
  if (globalThis.crypto?.subtle) {
    input.addEventListener("change", () => {
      list.replaceChildren();
      compare([...input.files]);
    });
    const over = (on) => (event) => { event.preventDefault(); zone.classList.toggle("over", on); };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      input.files = event.dataTransfer.files;
      list.replaceChildren();
      compare([...input.files]);
    });
  } else {
    input.disabled = true;
    list.append(
      line(
        "unknown",
        say("Comparaison impossible ici", "No comparison here"),
        say(
          "Votre navigateur ne calcule d’empreinte que sur une connexion sécurisée (https). Utilisez lse-verify.",
          "Your browser computes digests on a secure connection (https) only. Use lse-verify.",
        ),
      ),
    );
  }
}
