import { seededRandom } from '../../src/base/random.ts';
import { Domain, TCP, UDP, holder, plan, poolFrom } from '../../src/core/index.ts';
import type { Claim, Holder, Pool, PortRequest, PortsRequest } from '../../src/core/index.ts';
import type { Attack, Deed } from './attack.ts';

/** The most ports that a request may have, and the most numbers of a port for which the pools below have room. */
const PORTS = 1_024;
const BLOCK = 64;
const wide: Pool = { name: 'wide', usable: [{ first: 15_000, last: 59_999 }], strategy: 'Sequential', cooldown: 0 };
const whole: Pool = { ...wide, name: 'whole', usable: [{ first: 1, last: 65_535 }] };

/** Single requests, each planned and taken back. */
export const plans: readonly Attack[] = [
  {
    what: '1,024 ports on one number, each with another hostIP',
    prepare: (): Deed => {
      const domain = new Domain();
      const ports = manyPorts((at) => ({ number: 20_000, address: addressOf(at) }));
      return { act: () => dryRun(domain, ask('greedy', ports)) };
    },
  },
  {
    what: '1,024 ports without a number, each with another hostIP, where every number is held on one address',
    prepare: (): Deed => {
      const domain = new Domain();
      fill(domain, wide, (number) => [claimOn(number, { address: '10.255.0.1' })]);
      const ports = manyPorts((at) => ({ address: addressOf(at) }));
      return { act: () => dryRun(domain, ask('greedy', ports)) };
    },
  },
  {
    what: '1,024 ports on two addresses in turn, each of which has half of the numbers',
    prepare: (): Deed => {
      const domain = new Domain();
      fill(domain, wide, (number) => [claimOn(number, { address: addressOf(number % 2) })]);
      const ports = manyPorts((at) => ({ address: addressOf(at % 2) }));
      return { act: () => dryRun(domain, ask('greedy', ports)) };
    },
  },
  {
    what: '1,024 ports of 64 numbers, which is more than anybody may have',
    prepare: (): Deed => {
      const domain = new Domain();
      const ports = manyPorts(() => ({ count: BLOCK }));
      return { act: () => dryRun(domain, ask('greedy', ports)) };
    },
  },
  {
    what: '156 ports of 64 numbers, which is the most, in an empty pool of 45,000',
    prepare: (): Deed => {
      const domain = new Domain();
      const ports = manyPorts(() => ({ count: BLOCK })).slice(0, 156);
      return { act: () => dryRun(domain, ask('greedy', ports)) };
    },
  },
  {
    what: '1,024 ports of 9 numbers of UDP, in a pool that is full of TCP',
    prepare: (): Deed => {
      const domain = new Domain();
      fill(domain, wide, (number) => [claimOn(number)]);
      const ports = manyPorts(() => ({ count: 9, protocols: UDP }));
      return { act: () => dryRun(domain, ask('greedy', ports)) };
    },
  },
  {
    what: 'the same ports edited from UDP to TCP and back, by who has 9,216 numbers',
    prepare: (): Deed => {
      const domain = new Domain();
      const [udp, tcp] = [UDP, TCP].map((protocols) => manyPorts(() => ({ count: 9, protocols })));
      keep(domain, ask('greedy', udp ?? []));
      let turn = 0;
      return { act: () => keep(domain, ask('greedy', (turn++ % 2 === 0 ? tcp : udp) ?? [])) };
    },
  },
  {
    what: '1,024 ports edited to other counts, so that all have to move',
    prepare: (): Deed => {
      const domain = new Domain();
      const [few, more] = [7, 9].map((count) => manyPorts(() => ({ count })));
      keep(domain, ask('greedy', few ?? []));
      let turn = 0;
      return { act: () => keep(domain, ask('greedy', (turn++ % 2 === 0 ? more : few) ?? [])) };
    },
  },
  {
    what: '64 numbers in a row, where every 64th of 45,000 is held',
    prepare: (): Deed => {
      const domain = new Domain();
      fill(domain, wide, (number) => (number % BLOCK === 0 ? [claimOn(number)] : []));
      return { act: () => dryRun(domain, ask('greedy', manyPorts(() => ({ count: BLOCK })).slice(0, 1))) };
    },
  },
  {
    what: 'a base port of its own in a pool of 65,535 numbers, all held, and an address of its own',
    prepare: (): Deed => {
      const domain = new Domain();
      fill(domain, whole, (number) => [claimOn(number)]);
      let from = 1;
      const act = (): void => {
        const ports = manyPorts((at) => ({ protocols: UDP, address: addressOf(from + at) })).slice(0, 64);
        dryRun(domain, { ...ask('greedy', ports), pool: poolFrom(whole, from++) });
      };
      return { act };
    },
  },
];

/** As many ports as an allocation may have. */
export function manyPorts(wish: (at: number) => Partial<PortRequest>): PortRequest[] {
  return Array.from({ length: PORTS }, (_, at) => {
    return { name: `p${at}`, protocols: TCP, address: '', count: 1, ...wish(at) };
  });
}

function addressOf(at: number): string {
  return `10.${Math.floor(at / 65_536)}.${Math.floor(at / 256) % 256}.${at % 256}`;
}

/** What `name` asks of a pool of 45,000 numbers. */
export function ask(name: string, ports: readonly PortRequest[]): PortsRequest {
  return { holder: someHolder(name), pool: wide, ports, gone: new Set(), poolsWith: () => [] };
}

function someHolder(name: string): Holder {
  return holder({ group: 'hostport.io', kind: 'PortAllocation', namespace: 'tenant', name, uid: `uid-of-${name}` });
}

function claimOn(number: number, parts: Partial<Claim> = {}): Claim {
  const use = { protocols: TCP, address: '', pool: 'wide', port: 'p', state: 'held', time: 0 } as const;
  return { number, ...use, holder: someHolder(`resident-${number}`), ...parts };
}

function fill(domain: Domain, { usable }: Pool, claimsOn: (number: number) => readonly Claim[]): void {
  for (const { first, last } of usable) {
    for (let number = first; number <= last; number++) domain.write(number, claimsOn(number));
  }
}

function dryRun(domain: Domain, request: PortsRequest): void {
  domain.begin();
  plan(domain, request, { now: 1, random: seededRandom(1), roundStates: new Map() });
  domain.rollback();
}

function keep(domain: Domain, request: PortsRequest): void {
  domain.begin();
  plan(domain, request, { now: 1, random: seededRandom(1), roundStates: new Map() });
  domain.commit();
}
