import { systemClock } from '../../base/clock.ts';
import { ok } from '../../base/result.ts';
import { commonFlags, withClient } from '../command.ts';
import type { Command } from '../command.ts';
import { install } from '../install.ts';
import { PATIENCE_MS } from '../patience.ts';

/** `hostport install`. */
export const installCommand: Command = {
  summary: 'puts the kinds, the rights of the managers and the shipped pools into the cluster; may be run again',
  flags: commonFlags,
  exits: 'Exits with 0 when everything is applied, 1 when something failed, 2 for wrong usage.',
  prepare: (values) =>
    ok(async (signal) => {
      const options = { clock: systemClock, patienceMs: PATIENCE_MS, report: (line: string) => console.log(line) };
      const namespace = values['namespace'] ?? '';
      await withClient(values, (client) => install({ client, namespace, ...options }, signal));
      return 0;
    }),
};
