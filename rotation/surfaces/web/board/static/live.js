// Keeps an open page true. The server says that something changed; the page then asks for itself
// again and takes over only what differs, so that focus, scroll and what is unfolded stay.
"use strict";

(() => {
  const LEAST = 1000; // milliseconds between two looks, and longer where a look takes long
  const ALONE = 20000; // between looks while nobody tells us
  const pulse = document.getElementById("pulse");
  if (!pulse || !window.EventSource) return;

  const key = (node) => (node.nodeType === 1 ? node.dataset.key || node.id || "" : "");
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);

  function takeOver(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== 1) {
      old.nodeValue = fresh.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    if (old === document.activeElement && /^(INPUT|SELECT)$/.test(old.nodeName)) return;
    let place = old.firstChild;
    for (const child of [...fresh.childNodes]) {
      let match = place;
      while (match && !alike(match, child)) match = match.nextSibling;
      if (!match) {
        old.insertBefore(child, place);
        continue;
      }
      while (place !== match && !isWanted(place, fresh)) {
        const gone = place;
        place = place.nextSibling;
        gone.remove();
      }
      if (match !== place) old.insertBefore(match, place);
      else place = place.nextSibling;
      takeOver(match, child);
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  }

  // Whether the new page still has this one somewhere, so that it moves and is not made anew.
  const isWanted = (node, fresh) =>
    Boolean(key(node)) && [...fresh.childNodes].some((child) => alike(node, child));

  let looking = false;
  let again = false;
  let told = 0;
  let timer = 0;
  let since = performance.now();
  let source = null;

  async function look() {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    const began = performance.now();
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401) {
        location.reload();
        return;
      }
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const id of ["now", "main"]) {
          const [old, made] = [document.getElementById(id), fresh.getElementById(id)];
          if (!old || !made) continue;
          if (id === "now") old.firstElementChild.replaceWith(made.firstElementChild);
          else takeOver(old, document.adoptNode(made));
        }
        since = performance.now();
        say(source.readyState === 1);
      } else say(false);
    } catch {
      say(false);
    }
    const took = performance.now() - began;
    setTimeout(() => {
      looking = false;
      if (again) {
        again = false;
        look();
      }
    }, Math.max(LEAST, 4 * took));
  }

  function say(live) {
    pulse.hidden = false;
    pulse.className = live ? "pulse live" : "pulse";
    pulse.textContent = live ? "live" : "not live";
  }

  // The same words as the server's: 40 s, 5 min, 3 h, 2 days.
  function length(seconds) {
    for (const [unit, name, most] of [[1, "s", 120], [60, "min", 120], [3600, "h", 48]]) {
      if (seconds < most * unit) return `${Math.round(seconds / unit)} ${name}`;
    }
    return `${Math.round(seconds / 86400)} days`;
  }

  function grow() {
    const passed = Math.round((performance.now() - since) / 1000);
    for (const one of document.querySelectorAll("[data-age]")) {
      const text = length(Number(one.dataset.age) + passed);
      if (one.textContent !== text) one.textContent = text;
    }
  }

  // A browser has few connections to one place, so only the page that is looked at keeps one.
  function listen() {
    source = new EventSource("/live");
    source.addEventListener("open", () => {
      told = performance.now();
      say(true);
      look(); // for what happened since the page was made, or while nobody told us
    });
    source.addEventListener("changed", () => {
      told = performance.now();
      look();
    });
    source.addEventListener("error", () => say(false));
  }

  function rest() {
    source.close();
    clearInterval(timer);
  }

  function wake() {
    listen();
    timer = setInterval(() => {
      grow();
      if (performance.now() - told > ALONE) {
        told = performance.now();
        look();
      }
    }, 5000);
  }

  document.addEventListener("visibilitychange", () => {
    rest();
    if (!document.hidden) {
      wake();
    }
  });
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  wake();
})();
