import { readFileSync } from "node:fs";
import { Refused, serve } from "./worker.mjs";

const known = JSON.parse(readFileSync("scripts/words.json", "utf8"));

await serve((ticket) => {
  const words = ticket.text.toLowerCase().match(/\w+/g) ?? [];
  if (words.length === 0) throw new Refused("rejected", "the ticket has no text");
  const hits = Object.entries(known).map(([queue, list]) => ({ queue, n: words.filter((w) => list.includes(w)).length }));
  const best = hits.reduce((a, b) => (b.n > a.n ? b : a));
  const sure = (1 + best.n) / (2 + hits.reduce((sum, h) => sum + h.n, 0));
  return { out: { queue: best.queue, confidence: sure }, confidence: sure };
});
