import { describe, expect, test } from '@jest/globals';
import { holder, isLoan, passOn, takeOver } from '../../../src/core/index.ts';
import type { Claim, Holder } from '../../../src/core/index.ts';
import { Desk } from './desk.ts';
import { allocation, claim, pool, tcp } from './make.ts';

const games = pool('20000-20019');
const PORTS = [tcp('leader-0.grpc'), tcp('worker-0.rpc', { count: 2 })];
const NUMBERS = { 'leader-0.grpc': 20000, 'worker-0.rpc': 20001 };

function role(name: string, uid: string, kind = 'RoleInstance', namespace = 'arena'): Holder {
  return holder({ group: 'hostport.io', kind, namespace, name, uid });
}

/** A desk at which somebody has {@link PORTS}: 20000, and 20001 to 20002. */
class RoleDesk extends Desk {
  constructor(by: Holder) {
    super();
    this.numbers(by, games, PORTS);
  }

  change(change: () => void): void {
    this.write(() => {
      change();
      return { ok: true, value: undefined };
    });
  }

  /** Who has what: `20000 KIND/UID port`. */
  lines(): readonly string[] {
    const line = ({ number, holder: by, port, state }: Claim): string =>
      `${number} ${by.kind} ${by.uid} ${port}${state === 'held' ? '' : ` ${state}`}`;
    return [...this.domain.claims()].map(line).sort();
  }
}

describe('what earlier objects of a name had', () => {
  const former = role('prefill-0', 'i-1');
  const heir = role('prefill-0', 'i-2');

  test('is the next one’s, also what it will not want', () => {
    const desk = new RoleDesk(former);
    desk.change(() => passOn(desk.domain, new Set(['i-1']), heir));
    expect(desk.lines()).toEqual([
      '20000 RoleInstance i-2 leader-0.grpc',
      '20001 RoleInstance i-2 worker-0.rpc',
      '20002 RoleInstance i-2 worker-0.rpc',
    ]);
    expect(desk.numbers(heir, games, PORTS)).toEqual(NUMBERS);
  });

  test('stays theirs who are not known to be gone, and what others have stays others’', () => {
    const desk = new RoleDesk(former);
    const before = desk.lines();
    desk.change(() => passOn(desk.domain, new Set(['i-0']), heir));
    desk.change(() => passOn(desk.domain, new Set(['i-1']), role('prefill-1', 'i-3')));
    expect(desk.lines()).toEqual(before);
  });
});

describe('what an earlier version gave to an allocation', () => {
  const lender = allocation('prefill-0.pods', 'a-1');
  const heir = role('prefill-0', 'i-1');
  const all = new Set(PORTS.map(({ name }) => name));

  test('is its owner’s beside it, each time that it is asked for, and the last to leave cools', () => {
    const desk = new RoleDesk(lender);
    const both = [20000, 20001, 20002].flatMap((number) => [
      `${number} PortAllocation a-1 ${number === 20000 ? 'leader-0.grpc' : 'worker-0.rpc'}`,
      `${number} RoleInstance i-1 ${number === 20000 ? 'leader-0.grpc' : 'worker-0.rpc'}`,
    ]);
    for (const _ of [1, 2]) {
      desk.change(() => takeOver(desk.domain, lender, heir, all));
      expect(desk.lines()).toEqual(both);
    }
    expect(desk.numbers(heir, games, PORTS)).toEqual(NUMBERS);
    expect(desk.numbers(lender, games, PORTS)).toEqual(NUMBERS);
    expect(desk.lines()).toEqual(both);
    desk.release(heir, 30);
    expect(desk.lines().every((line) => line.includes('PortAllocation') && !line.includes('cooling'))).toBe(true);
    desk.release(lender, 30);
    expect(desk.lines().every((line) => line.endsWith('cooling'))).toBe(true);
  });

  test('is taken over as far as its ports are wanted, and not where the heir has another number', () => {
    const desk = new RoleDesk(lender);
    desk.numbers(heir, games, [tcp('leader-0.grpc')]);
    desk.change(() => takeOver(desk.domain, lender, heir, new Set(['leader-0.grpc'])));
    expect(desk.lines().filter((line) => line.includes('RoleInstance'))).toEqual([
      '20003 RoleInstance i-1 leader-0.grpc',
    ]);
    desk.change(() => takeOver(desk.domain, lender, heir, new Set(['worker-0.rpc'])));
    expect(desk.lines().filter((line) => line.includes('worker-0.rpc'))).toHaveLength(4);
  });

  test.each([
    ['one of another namespace', role('x', 'i', 'RoleInstance', 'elsewhere')],
    ['one of another kind', role('x', 'i', 'PortPool')],
    ['a Deployment', holder({ group: 'apps', kind: 'Deployment', namespace: 'arena', name: 'x', uid: 'd' })],
  ])('does not stand beside %s', (_, other) => {
    const lent = claim(20000, { holder: lender });
    expect(isLoan(lent, claim(20000, { holder: other }))).toBe(false);
    expect(isLoan(lent, claim(20000, { holder: heir }))).toBe(true);
  });
});
