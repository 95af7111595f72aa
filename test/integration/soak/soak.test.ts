import { expect, test } from '@jest/globals';
import { soak } from '../../soak/soak.ts';

const SEED = 20_783;

test('a minute of a hostile tenant, a hostile node, and faults of managers and the API server breaks no promise', async () => {
  const lines: string[] = [];
  const { breaches, counts } = await soak({
    minutes: 1,
    seed: SEED,
    report: (line) => lines.push(line),
    times: {
      manager: [3_000, 15_000],
      dead: [500, 3_000],
      stopped: [20_000, 20_000],
      apiServer: [20_000, 30_000],
      away: [1_000, 5_000],
    },
  });
  console.log(`SEED=${SEED}: ${counts}`);
  expect({ seed: SEED, breaches }).toEqual({ seed: SEED, breaches: [] });
}, 600_000);
