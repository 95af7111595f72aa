/** Measures what the design promises, in ratios within one run, and writes `docs/benchmarks.md`. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { measureBindings } from './bindings/section.ts';
import { measureCrowd } from './crowd/section.ts';
import { measureDurable } from './durable/section.ts';
import { measureHostile } from './hostile/section.ts';
import { measureInMemory } from './in-memory.ts';
import { measureLives } from './lives/section.ts';
import { measureRelease } from './manager/release.ts';
import { measureStartUp } from './manager/start-up.ts';
import { measurePods } from './pods/section.ts';
import { measureRoles } from './roles/section.ts';
import { measureScheduled } from './scheduled/section.ts';
import { measureSteady } from './steady/section.ts';
import { measureWaiters } from './waiters/section.ts';
import { render } from './report.ts';
import { yardstick } from './yardstick.ts';
import type { Section } from './report.ts';

const parts = {
  memory: measureInMemory,
  hostile: measureHostile,
  waiters: measureWaiters,
  durable: measureDurable,
  start: measureStartUp,
  crowd: measureCrowd,
  release: measureRelease,
  pods: measurePods,
  lives: measureLives,
  steady: measureSteady,
  scheduled: measureScheduled,
  roles: measureRoles,
  bindings: measureBindings,
};
const asked = process.argv.slice(2);
const sections: Section[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (asked.length === 0 || asked.includes(name)) sections.push(...[await measure()].flat());
}
const machine = `Node.js ${process.versions.node}, ${cpus().length} cores; ${yardstick()}.`;
const document = render(machine, sections);
if (asked.length === 0) writeFileSync('docs/benchmarks.md', document);
console.log(document);
