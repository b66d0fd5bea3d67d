// Each function returns what is wrong with the page, as texts.
const all = s => [...document.querySelectorAll(s)];
const say = e => {
  const name = e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.getAttribute('class') ? '.' + e.getAttribute('class') : '');
  return name + ' "' + (e.textContent || '').trim().slice(0, 40) + '"';
};

// structure: what a screen reader goes by.
function structure() {
  const out = [];
  for (const s of ['header', 'nav', 'main', 'footer', 'h1']) if (all('body ' + s).length !== 1) out.push(all('body ' + s).length + ' of ' + s);
  if (!document.documentElement.lang) out.push('no language');
  if (!document.title.trim()) out.push('no title');
  let level = 0;
  for (const h of all('h1,h2,h3,h4,h5,h6')) {
    const n = +h.tagName[1];
    if (n > level + 1) out.push('from h' + level + ' to ' + say(h));
    if (!h.textContent.trim()) out.push('an empty h' + n);
    level = n;
  }
  const ids = new Set();
  for (const e of all('[id]')) { if (ids.has(e.id)) out.push('id ' + e.id + ' twice'); ids.add(e.id); }
  for (const a of all('a[href]')) if (!a.getAttribute('href').startsWith('#') || !ids.has(a.getAttribute('href').slice(1))) out.push('a link to ' + a.getAttribute('href'));
  for (const e of all('[aria-labelledby]')) for (const id of e.getAttribute('aria-labelledby').split(' ')) if (!ids.has(id)) out.push(say(e) + ' is labelled by ' + id);
  for (const s of all('svg')) {
    const named = s.getAttribute('role') === 'img' && (s.getAttribute('aria-label') || s.getAttribute('aria-labelledby'));
    if (!named && !s.closest('[aria-hidden="true"]')) out.push(say(s) + ' says nothing');
  }
  for (const th of all('th')) if (!th.getAttribute('scope')) out.push(say(th) + ' has no scope');
  for (const t of all('table')) {
    const n = t.tHead.rows[0].cells.length;
    for (const r of t.tBodies[0].rows) if (r.cells.length !== n) out.push('a row of ' + r.cells.length + ' cells under ' + n + ' heads: ' + say(r));
  }
  for (const e of all('[role="group"]')) if (!e.getAttribute('aria-label')) out.push('a group without a name');
  return out;
}

// inert: nothing in the page can act or load.
function inert() {
  const out = [];
  for (const s of ['script', 'iframe', 'object', 'embed', 'img', 'link', 'form', 'input', 'base', 'foreignObject', 'use', 'image', 'animate', 'set']) for (const e of all(s)) out.push(s + ' in the page: ' + say(e));
  for (const e of all('*')) for (const a of e.attributes) {
    if (/^(on|style$|srcdoc$|(xlink:)?(src|action|data|background|poster)$)/i.test(a.name)) out.push(a.name + ' of ' + say(e));
  }
  if (all('style').length !== 1) out.push(all('style').length + ' style sheets');
  if (/url\(|@import/i.test(document.querySelector('style').textContent)) out.push('the style sheet loads something');
  if ('pwned' in window) out.push('a script ran');
  return out;
}

// harmless: a form has one script, its own, and nothing in it can load.
function harmless() {
  const out = [];
  for (const s of ['iframe', 'object', 'embed', 'img', 'link', 'form', 'base', 'foreignObject', 'use', 'image', 'animate', 'set']) for (const e of all(s)) out.push(s + ' in the page: ' + say(e));
  for (const e of all('*')) for (const a of e.attributes) {
    if (/^(on|style$|srcdoc$|(xlink:)?(src|action|background|poster)$)/i.test(a.name)) out.push(a.name + ' of ' + say(e));
  }
  if (all('script').length !== 1) out.push(all('script').length + ' scripts');
  if ('pwned' in window) out.push('a script of the data ran');
  return out;
}

// unnamed: every control has a name, and those of what is shown take the focus.
function unnamed() {
  const out = [];
  for (const e of all('input,textarea,select,button')) {
    if (!(e.labels && e.labels.length) && !e.textContent.trim() && !e.getAttribute('aria-label')) out.push('no name: ' + say(e));
    if (!e.checkVisibility()) continue;
    e.focus({focusVisible: true});
    const s = getComputedStyle(e);
    if (document.activeElement !== e) out.push('takes no focus: ' + say(e));
    else if (s.outlineStyle === 'none' || s.outlineWidth === '0px') out.push('nothing shows the focus of ' + say(e));
  }
  document.activeElement.blur();
  return out;
}

// overflow: nothing makes the page wider than the screen.
function overflow() {
  const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
  if (wide <= room) return [];
  const out = ['the page is ' + wide + ' wide on ' + room];
  const scrolls = e => e.parentElement.closest('.scroll') && getComputedStyle(e.parentElement.closest('.scroll')).overflowX !== 'visible';
  const by = all('body *').filter(e => e.getBoundingClientRect().right > room + 0.5 && !scrolls(e));
  if (by.length) out.push('by ' + say(by[by.length - 1]));
  return out;
}

// sideways: no table has to be scrolled to be read, but those read across and
// down, whose cells are shaded, and those that have not the room at any size.
function sideways() {
  const out = [];
  for (const s of all('.scroll:has(> table)')) {
    if (!s.checkVisibility() || s.querySelector('[class*="heat"], [class*="on-"]')) continue;
    if (s.scrollWidth > s.clientWidth + 1) out.push(s.getAttribute('aria-label') + ' is ' + s.scrollWidth + ' wide on ' + s.clientWidth);
  }
  return out;
}

// overlaps: texts that stand side by side do not lie on each other.
function overlaps() {
  const out = [];
  for (const group of [...all('svg.plot').map(s => [...s.querySelectorAll('.tick')]), ...all('.panel').map(p => [...p.querySelectorAll('.name, .said, .axis text')]), ...all('.figures').map(f => [...f.querySelectorAll('dt, b, .more')])]) {
    const boxes = group.filter(e => e.checkVisibility()).map(e => [e, e.getBoundingClientRect()]);
    boxes.forEach(([a, r], i) => {
      for (const [b, q] of boxes.slice(i + 1)) {
        if (r.left < q.right - 1 && q.left < r.right - 1 && r.top < q.bottom - 2 && q.top < r.bottom - 2) out.push(say(a) + ' and ' + say(b));
      }
    });
  }
  return out;
}

const stops = 'a[href],summary,[tabindex="0"]';
const label = e => all(stops).indexOf(e) + ' ' + say(e);

function focusable() { return all(stops).filter(e => e.checkVisibility()).map(label); }

function focused() {
  const e = document.activeElement, s = getComputedStyle(e);
  return [label(e), s.outlineStyle === 'none' || s.outlineWidth === '0px' ? 'none' : 'ring'];
}

function firstSummary() { const s = document.querySelector('summary'); if (!s) return []; s.focus(); return [say(s)]; }

function opened() { return document.querySelector('summary').parentElement.open ? [] : ['does not open it']; }

function printed() {
  const out = [];
  if (document.querySelector('nav').checkVisibility()) out.push('the contents are printed');
  if (!document.querySelector('h1').checkVisibility()) out.push('the title is not printed');
  return out;
}

// Contrast by WCAG 2.2, from the colours as they are laid over each other.
function parse(c) {
  const m = c.match(/[\d.]+/g).map(Number);
  return c.startsWith('color(') ? [m[0] * 255, m[1] * 255, m[2] * 255, m[3] ?? 1] : [m[0], m[1], m[2], m[3] ?? 1];
}
const over = (top, under, alpha) => [0, 1, 2].map(i => top[i] * alpha + under[i] * (1 - alpha));
function luminance(c) {
  const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ratio(a, b) { const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); }

function ground(e) {
  const chain = [];
  for (let n = e; n; n = n.parentElement) chain.unshift(n);
  let c = [255, 255, 255];
  for (const n of chain) {
    if (n instanceof SVGElement) continue;
    const b = parse(getComputedStyle(n).backgroundColor);
    c = over(b, c, b[3]);
  }
  // A text in a drawing lies on the shape around it.
  if (e instanceof SVGElement) {
    const at = e.getBoundingClientRect(), x = at.x + at.width / 2, y = at.y + at.height / 2;
    for (const s of e.closest('svg').querySelectorAll('rect,path')) {
      if (s.closest('defs') || s.classList.contains('edge')) continue;
      const box = s.getBoundingClientRect();
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
      const st = getComputedStyle(s);
      if (st.fill === 'none') continue;
      const f = parse(st.fill);
      c = over(f, c, f[3] * +st.fillOpacity * +st.opacity);
    }
  }
  return c;
}

function contrast() {
  const out = [], seen = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let read = 0;
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || ['TITLE', 'title', 'desc', 'STYLE', 'style'].includes(e.tagName) || !e.checkVisibility() || !e.getClientRects().length) continue;
    read++;
    const st = getComputedStyle(e), under = ground(e);
    const ink = parse(e instanceof SVGElement ? st.fill : st.color);
    const r = ratio(over(ink, under, ink[3] * +st.opacity), under);
    const key = e.tagName + e.getAttribute('class') + r.toFixed(2);
    if (r < 4.5 && !seen.has(key)) { seen.add(key); out.push(r.toFixed(2) + ' of ' + say(e)); }
  }
  if (read < 10) out.push('only ' + read + ' texts to look at');
  return out;
}
