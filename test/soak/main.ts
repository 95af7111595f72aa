/** `make soak MINUTES=15 SEED=…`: see `soak`. Ends with exit code 1 if a promise wasn't kept. */
import { soak } from './soak.ts';

const MOST_SHOWN = 40;

const { MINUTES = '15', SEED = String(Math.floor(Math.random() * 1_000_000)) } = process.env;
const [minutes, seed] = [Number(MINUTES), Number(SEED)];
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write('MINUTES is a number above 0, SEED a whole number\n');
  process.exit(2);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`soak of ${minutes} minutes, SEED=${seed}`);
const { breaches, counts } = await soak({
  minutes,
  seed,
  report: say,
  times: {
    manager: [10_000, 40_000],
    dead: [500, 8_000],
    stopped: [20_000, 70_000],
    apiServer: [60_000, 150_000],
    away: [1_000, 15_000],
  },
});
for (const breach of breaches.slice(0, MOST_SHOWN)) say(`breach: ${breach}`);
if (breaches.length > MOST_SHOWN) say(`… and ${breaches.length - MOST_SHOWN} more`);
say(`${counts}\n${breaches.length} breaches in ${minutes} minutes, SEED=${seed}`);
process.exitCode = breaches.length > 0 ? 1 : 0;
