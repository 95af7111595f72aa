import { describe, expect, test } from '@jest/globals';
import type { Claim } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, claim, pool, udp } from '../make.ts';

const PORTS = 8;
const NUMBERS_OF_A_PORT = 256;

/** How often each claim may be looked at while its holder asks again; a few walks over all of them, not one for each. */
const LOOKS_AT_A_CLAIM = 40;

describe('a holder of very many numbers', () => {
  test('asks again in time that grows with how many they are, not with their square', () => {
    const desk = new Desk();
    const me = allocation('a');
    let looks = 0;
    for (let number = 20000; number < 20000 + PORTS * NUMBERS_OF_A_PORT; number++) {
      const port = `rtp-${Math.floor((number - 20000) / NUMBERS_OF_A_PORT)}`;
      desk.domain.write(number, [
        counted(claim(number, { holder: me, port, protocols: udp(port).protocols }), () => looks++),
      ]);
    }
    looks = 0;
    const wishes = Array.from({ length: PORTS }, (_, at) => udp(`rtp-${at}`, { count: NUMBERS_OF_A_PORT }));
    const numbers = desk.numbers(me, pool('20000-29999'), wishes);
    expect(numbers).toMatchObject({ 'rtp-0': 20000, 'rtp-7': 21792 });
    expect(looks / (PORTS * NUMBERS_OF_A_PORT)).toBeLessThan(LOOKS_AT_A_CLAIM);
  });
});

/** `original`, telling `look` whenever its number is read. */
function counted(original: Claim, look: () => void): Claim {
  return {
    ...original,
    get number() {
      look();
      return original.number;
    },
  };
}
