/** Measures what the design promises, in ratios within one run, and writes `docs/benchmarks.md`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { measureInMemory } from './in-memory.ts';
import { render } from './report.ts';

const sections = [measureInMemory()];
const document = render(`Node.js ${process.versions.node}, ${cpus().length} cores.`, sections);
mkdirSync('docs', { recursive: true });
console.log(document);
