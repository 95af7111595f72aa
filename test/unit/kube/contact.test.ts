import { describe, expect, test } from '@jest/globals';
import type { Logger } from '../../../src/base/logger.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { Contact } from '../../../src/kube/contact.ts';
import { errorOfNetwork, errorOfStatus } from '../../../src/kube/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const lostConnection = errorOfNetwork(new Error('reset'), 'WATCH x');
const forbidden = errorOfStatus(403, { message: 'not yours' }, 'WATCH x');

function listen(): { said: string[]; logger: Logger } {
  const said: string[] = [];
  return { said, logger: { ...silentLogger, warn: () => void said.push('warn'), info: () => void said.push('info') } };
}

describe('trouble', () => {
  test('counts only when it lasts, and ends with the first word', async () => {
    const clock = new FakeClock();
    const contact = new Contact(clock, silentLogger);
    contact.heard();
    contact.lost(lostConnection, 0);
    expect(contact.trouble).toBeUndefined();
    await clock.advance(6_000);
    expect(contact.trouble).toContain('reset');
    contact.heard();
    expect(contact).toMatchObject({ trouble: undefined, lastContact: 6_000 });
  });

  test('is told once for each kind, and so is its end', () => {
    const { said, logger } = listen();
    const contact = new Contact(new FakeClock(), logger);
    for (let attempt = 0; attempt < 5; attempt++) contact.lost(forbidden, attempt);
    for (let attempt = 0; attempt < 5; attempt++) contact.lost(lostConnection, attempt);
    contact.heard();
    expect(said).toEqual(['warn', 'warn', 'info']);
  });

  test('of one lost connection is not worth a word', () => {
    const { said, logger } = listen();
    const contact = new Contact(new FakeClock(), logger);
    contact.lost(lostConnection, 0);
    contact.heard();
    expect(said).toEqual([]);
  });
});
