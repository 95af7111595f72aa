import fc from 'fast-check';
import type { PortRequest } from '../../../src/core/index.ts';
import { someChosenPort, someNumber } from './request.ts';

/** What a user does to the ports of an allocation. Places are taken modulo how many ports there are. */
export type Edit =
  | { readonly does: 'drop'; readonly at: number }
  | { readonly does: 'grow'; readonly at: number; readonly by: number }
  | { readonly does: 'pin'; readonly at: number; readonly number: number }
  | { readonly does: 'turn' }
  | { readonly does: 'add'; readonly port: PortRequest; readonly number: number | undefined };

const at = fc.nat(3);

/** Any edit. */
export const someEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ does: fc.constant('drop' as const), at }),
  fc.record({ does: fc.constant('grow' as const), at, by: fc.integer({ min: -2, max: 3 }) }),
  fc.record({ does: fc.constant('pin' as const), at, number: someNumber }),
  fc.record({ does: fc.constant('turn' as const) }),
  fc.record({
    does: fc.constant('add' as const),
    port: someChosenPort,
    number: fc.option(someNumber, { nil: undefined }),
  }),
);

/** `ports` after `edit`; names stay distinct. */
export function edited(ports: readonly PortRequest[], edit: Edit): readonly PortRequest[] {
  switch (edit.does) {
    case 'drop':
      return ports.toSpliced(edit.at % ports.length, 1);
    case 'grow':
      return changed(ports, edit.at, (port) => ({ ...port, count: Math.max(1, port.count + edit.by) }));
    case 'pin':
      return changed(ports, edit.at, (port) => ({ ...port, number: edit.number }));
    case 'turn':
      return ports.toReversed();
    case 'add': {
      const { port, number } = edit;
      const others = ports.filter(({ name }) => name !== port.name);
      return [...others, number === undefined ? port : { ...port, number }];
    }
  }
}

function changed(
  ports: readonly PortRequest[],
  place: number,
  change: (port: PortRequest) => PortRequest,
): readonly PortRequest[] {
  return ports.map((port, index) => (index === place % ports.length ? change(port) : port));
}
