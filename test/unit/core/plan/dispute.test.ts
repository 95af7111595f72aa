import { describe, expect, test } from '@jest/globals';
import { decodeCell } from '../../../../src/core/index.ts';
import type { PortRequest } from '../../../../src/core/index.ts';
import { Desk } from '../desk.ts';
import { allocation, claim, pool, seen, tcp, udp } from '../make.ts';

const games = pool('20000-20009');
const me = allocation('a');

/** What can come onto a number that is held: each is reported, and nobody's process is moved or taken down. */
const intruders: readonly (readonly [string, (desk: Desk) => void])[] = [
  ['a stranger was seen on it', (desk) => desk.domain.observe(20000, [seen(20000)])],
  ['a younger holder is recorded on it', (desk) => add(desk, claim(20000, { time: desk.now + 1 }))],
  ['something unreadable stands beside it', (desk) => decodeCell(20000, 'scribble').forEach((line) => add(desk, line))],
];

const asked: readonly (readonly [string, PortRequest])[] = [
  ['a chosen number', tcp('p')],
  ['an exact number', tcp('p', { number: 20000 })],
];

const cases = intruders.flatMap(([what, intrude]) => asked.map(([kind, port]) => [kind, what, port, intrude] as const));

function add(desk: Desk, intruder: ReturnType<typeof claim>): void {
  desk.domain.write(20000, [...desk.domain.claimsOn(20000), intruder]);
}

describe('a holder that asks again', () => {
  test.each(cases)('for %s keeps it when %s', (_, __, port, intrude) => {
    const desk = new Desk();
    desk.numbers(me, games, [port]);
    intrude(desk);
    const cells = desk.cells();
    expect(desk.ask(me, games, [port])).toMatchObject({ ok: true, value: { ports: [{ number: 20000 }] } });
    expect(desk.cells()).toEqual(cells);
  });

  test('is not met with more of a number that is disputed', () => {
    const desk = new Desk();
    desk.numbers(me, games, [tcp('p')]);
    desk.domain.observe(20000, [seen(20000, { protocols: udp('x').protocols })]);
    const more = desk.refusal(me, games, [tcp('p'), udp('q', { number: 20000 })]);
    expect(more.reason).toBe('PortHeld');
  });
});
