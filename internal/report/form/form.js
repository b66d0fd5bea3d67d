'use strict';
(() => {
  const all = (s, under = document) => [...under.querySelectorAll(s)];
  const queue = document.body.dataset.queue, cases = all('article.case'), links = all('nav a');
  const reviewer = document.getElementById('reviewer'), said = document.getElementById('said');
  const key = 'rehearse review ' + queue;
  const drafts = new Map(); // by entry: {outcome, unknown, note, at, seconds}
  let current = 0, active = Date.now();
  const idle = 120; // seconds without a key or click that count at most

  const draft = entry => {
    if (!drafts.has(entry)) drafts.set(entry, {outcome: {}, unknown: false, note: '', at: '', seconds: 0});
    return drafts.get(entry);
  };
  const decided = d => d.unknown || Object.keys(d.outcome).length > 0;
  const keep = () => {
    try { localStorage.setItem(key, JSON.stringify({reviewer: reviewer.value, drafts: [...drafts]})); } catch { /* the page works without */ }
  };

  // tick counts the time since the last sign of work towards the case shown.
  const tick = () => {
    const now = Date.now();
    if (cases.length && !document.hidden) draft(cases[current].dataset.entry).seconds += Math.min(idle, (now - active) / 1000);
    active = now;
  };

  const read = article => {
    const d = draft(article.dataset.entry);
    d.outcome = {};
    for (const e of all('[data-field]', article)) {
      if (e.type === 'radio' ? e.checked : e.value.trim() !== '') d.outcome[e.dataset.field] = e.value.trim();
    }
    d.unknown = article.querySelector('[data-unknown]').checked;
    d.note = article.querySelector('[data-note]').value;
    d.at = new Date().toISOString();
  };
  const fill = article => {
    const d = draft(article.dataset.entry);
    for (const e of all('[data-field]', article)) {
      const v = d.outcome[e.dataset.field];
      if (e.type === 'radio') e.checked = v === e.value; else e.value = v ?? '';
    }
    article.querySelector('[data-unknown]').checked = d.unknown;
    article.querySelector('[data-note]').value = d.note;
  };
  const progress = () => {
    let n = 0, seconds = 0;
    cases.forEach((c, i) => {
      const d = draft(c.dataset.entry), done = decided(d);
      links[i].querySelector('.done').hidden = !done;
      n += done ? 1 : 0;
      seconds += d.seconds;
    });
    document.getElementById('progress').textContent = n + ' of ' + cases.length + ' decided, ' + Math.round(seconds / 60) + ' minutes';
  };
  const show = (i, focus) => {
    tick();
    current = Math.max(0, Math.min(cases.length - 1, i));
    cases.forEach((c, k) => { c.hidden = k !== current; });
    links.forEach((a, k) => { if (k === current) a.setAttribute('aria-current', 'step'); else a.removeAttribute('aria-current'); });
    if (focus) cases[current].focus();
    progress();
    keep();
  };

  const save = () => {
    tick();
    const name = reviewer.value.trim();
    if (!name) { said.textContent = 'Write your name first.'; reviewer.focus(); return; }
    const lines = [];
    for (const c of cases) {
      const d = draft(c.dataset.entry);
      if (!decided(d)) continue;
      const line = {queue, entry: +c.dataset.entry};
      if (c.dataset.case !== undefined) line.case = c.dataset.case;
      if (d.unknown) line.unknown = true; else line.outcome = d.outcome;
      if (d.note.trim()) line.note = d.note.trim();
      lines.push(JSON.stringify({...line, reviewer: name, at: d.at, seconds: Math.round(d.seconds)}) + '\n');
    }
    if (!lines.length) { said.textContent = 'Nothing is decided yet.'; return; }
    const a = document.createElement('a');
    a.href = URL.createObjectURL(new Blob(lines, {type: 'application/x-ndjson'}));
    a.download = 'decisions-' + queue + '-' + name.toLowerCase().replace(/[^a-z0-9]+/g, '-') + '.jsonl';
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 60000);
    said.textContent = lines.length + ' decisions saved as ' + a.download + '.';
    keep();
  };

  try {
    const had = JSON.parse(localStorage.getItem(key) ?? 'null');
    if (had) { reviewer.value = had.reviewer; for (const [entry, d] of had.drafts) drafts.set(entry, d); }
  } catch { /* nothing was kept */ }
  cases.forEach(fill);
  for (const c of cases) c.addEventListener('input', () => { tick(); read(c); progress(); keep(); });
  reviewer.addEventListener('input', keep);
  links.forEach((a, i) => a.addEventListener('click', e => { e.preventDefault(); show(i, true); }));
  document.getElementById('previous').addEventListener('click', () => show(current - 1, true));
  document.getElementById('next').addEventListener('click', () => show(current + 1, true));
  document.getElementById('save').addEventListener('click', save);
  document.addEventListener('pointerdown', tick);
  document.addEventListener('visibilitychange', () => { active = Date.now(); });
  document.addEventListener('keydown', e => {
    tick();
    const t = e.target, writing = t instanceof HTMLTextAreaElement || t instanceof HTMLInputElement && !['radio', 'checkbox'].includes(t.type);
    if (writing || e.ctrlKey || e.metaKey || e.altKey || !cases.length) return;
    const article = cases[current], answers = all('fieldset.decision input', article);
    const pick = answers[+e.key - 1];
    if (/^[1-9]$/.test(e.key) && pick) {
      pick.checked = true;
      pick.dispatchEvent(new Event('input', {bubbles: true}));
    } else if (e.key === 'u') {
      const box = article.querySelector('[data-unknown]');
      box.checked = !box.checked;
      box.dispatchEvent(new Event('input', {bubbles: true}));
    } else if (e.key === 'n') show(current + 1, true);
    else if (e.key === 'p') show(current - 1, true);
    else if (e.key === 's') save();
    else return;
    e.preventDefault();
  });
  if (cases.length) show(0, false);
})();
