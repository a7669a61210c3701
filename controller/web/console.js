// Live updates, the tile map's pointer and keys. Without it every page still works.

const LATE_MS = 15_000;
const LOST_MS = 60_000;
const STALE_MS = 10_000; // ages on the page are drawn anew at least this often
const SVG = "http://www.w3.org/2000/svg";

const policy = globalThis.trustedTypes?.createPolicy("storefleet", { createHTML: (text) => text });
const badge = document.getElementById("live");

let heard = performance.now();
let drawn = performance.now();
let lost = false;
let busy = false;
let again = false;

function showFreshness() {
  if (!badge || badge.dataset.state === "still") return;
  const age = performance.now() - heard;
  const state = lost || age > LOST_MS ? "lost" : age > LATE_MS ? "late" : "live";
  const seconds = String(Math.round(age / 1000));
  const text = state === "late" ? badge.dataset.late.replace("#", seconds) : badge.dataset[state];
  badge.dataset.state = state;
  if (badge.textContent !== text) badge.textContent = text;
}

// A row under the pointer or with the focus does not move; it is drawn when it is left.
function isHeld(part) {
  return "calm" in part.dataset && (part.matches(":hover") || part.contains(document.activeElement));
}

function swap(old, fresh) {
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  const href = focus?.getAttribute("href");
  const top = old.scrollTop;
  old.replaceWith(fresh);
  fresh.scrollTop = top;
  if (href) fresh.querySelector(`[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
}

function take(text) {
  const page = new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
  const ids = (root) => [...root.querySelectorAll("main [data-part]")].map((part) => part.id).join();
  if (ids(document) !== ids(page)) {
    swap(document.getElementById("main"), document.adoptNode(page.getElementById("main")));
  }
  for (const fresh of [...page.querySelectorAll("[data-part]")]) {
    const old = document.getElementById(fresh.id);
    const same = !old || old === fresh || old.outerHTML === fresh.outerHTML;
    if (!same && !isHeld(old)) swap(old, document.adoptNode(fresh));
  }
  drawn = performance.now();
}

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const address = new URL(location.href);
    address.searchParams.set("part", "1");
    const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
    if (answer.ok) {
      const text = await answer.text();
      requestAnimationFrame(() => { take(text); map.redraw(); });
    } else if (answer.status === 401) {
      location.reload();
    }
  } catch {
    // The badge says so.
  } finally {
    busy = false;
    if (again) { again = false; setTimeout(refresh, 1_000); }
  }
}

function listen() {
  const events = new EventSource("/events");
  const hear = () => { heard = performance.now(); lost = false; badge.dataset.state = "live"; showFreshness(); };
  events.addEventListener("hello", () => { const was = lost; hear(); if (was) refresh(); });
  events.addEventListener("beat", () => { hear(); if (performance.now() - drawn > STALE_MS) refresh(); });
  events.addEventListener("changed", () => { hear(); refresh(); });
  events.onerror = () => {
    lost = true;
    badge.dataset.state = "lost";
    showFreshness();
    // A refused stream is not tried again by the browser.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => { events.close(); listen(); }, 3_000);
  };
}

// The tile map: one tab stop, the index is found by division, nothing listens per tile.
const map = {
  at: -1,
  known: null,
  box: () => document.querySelector(".map"),
  async fetch() {
    this.known ??= fetch("/api/v1/fleet/map").then((answer) => answer.json());
    return this.known;
  },
  redraw() {
    this.known = null;
    if (this.at >= 0 && document.activeElement === this.box()) this.ring();
  },
  grid(box) {
    const { columns, pitch, mark, count } = box.dataset;
    return { columns: +columns, pitch: +pitch, mark: +mark, count: +count };
  },
  index(box, event) {
    const { columns, pitch, count } = this.grid(box);
    const frame = box.querySelector("svg").getBoundingClientRect();
    const scale = frame.width / (columns * pitch);
    const column = Math.floor((event.clientX - frame.left) / (pitch * scale));
    const row = Math.floor((event.clientY - frame.top) / (pitch * scale));
    const at = row * columns + column;
    return column >= 0 && column < columns && at >= 0 && at < count ? at : -1;
  },
  ring() {
    const box = this.box();
    const { columns, pitch, mark } = this.grid(box);
    const svg = box.querySelector("svg");
    const ring = svg.querySelector(".ring") ?? svg.appendChild(document.createElementNS(SVG, "rect"));
    ring.setAttribute("class", "ring");
    ring.setAttribute("x", (this.at % columns) * pitch - 1);
    ring.setAttribute("y", Math.floor(this.at / columns) * pitch - 1);
    ring.setAttribute("width", mark + 2);
    ring.setAttribute("height", mark + 2);
  },
  async card(at) {
    const { stores, states } = await this.fetch();
    const word = document.querySelector(`.legend [data-letter="${states[at]}"]`)?.textContent.trim() ?? "";
    return { code: stores[at], word };
  },
  async open(at) {
    const { stores } = await this.fetch();
    if (stores[at]) location.href = `/stores/${encodeURIComponent(stores[at])}`;
  },
};

function wireMap() {
  const tip = document.getElementById("tip");
  const spoken = document.getElementById("spoken");
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".map");
    const at = box ? map.index(box, event) : -1;
    if (at >= 0) map.open(at);
  });
  document.addEventListener("pointermove", async (event) => {
    const box = event.target.closest?.(".map");
    const at = box ? map.index(box, event) : -1;
    if (at < 0) { tip.hidden = true; return; }
    const { code, word } = await map.card(at);
    const name = document.createElement("b");
    name.textContent = code;
    tip.replaceChildren(name, word);
    tip.style.setProperty("left", `${Math.min(event.pageX + 14, innerWidth - 180)}px`);
    tip.style.setProperty("top", `${event.pageY + 14}px`);
    tip.hidden = false;
  });
  document.addEventListener("keydown", async (event) => {
    if (event.code === "Escape") tip.hidden = true;
    const box = event.target.closest?.(".map");
    if (!box || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && map.at >= 0) { map.open(map.at); return; }
    const { columns, count } = map.grid(box);
    const at = Math.max(map.at, 0);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: count - 1 }[event.code];
    if (to === undefined) return;
    event.preventDefault();
    map.at = map.at < 0 ? 0 : Math.min(Math.max(to, 0), count - 1);
    map.ring();
    const { code, word } = await map.card(map.at);
    spoken.textContent = `${code}: ${word}`;
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.closest?.(".map")) document.querySelector(".ring")?.remove();
  });
}

if (badge) {
  wireMap();
  listen();
  setInterval(showFreshness, 1_000);
  // After sleep the stream looks open though it is not.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
}
