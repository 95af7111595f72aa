import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeAddress, isBeyondListening, listeningIn } from '../../../src/agent/index.ts';
import { parseAddress } from '../../../src/core/index.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n';
const REST = '00000000:00000000 00:00000000 00000000     0        0 1081 1 0000000048d6e2f5 100 0 0 10 0';

/** As a little-endian machine prints them. */
const TCP = `${HEAD}\
   0: 00000000:5014 00000000:0000 0A ${REST}                      
   1: 0100007F:5015 00000000:0000 0A ${REST}                      
   2: 0500000A:5016 0600000A:C350 01 ${REST}                      
   3: 0500000A:5017 0600000A:C351 06 ${REST}                      
1234: 0500000A:5018 00000000:0000 0A ${REST}                      
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:5014 00000000000000000000000000000000:0000 0A ${REST}
   1: 00000000000000000000000001000000:5015 00000000000000000000000000000000:0000 0A ${REST}
   2: 0000000000000000FFFF00000500000A:5016 00000000000000000000000000000000:0000 0A ${REST}
   3: 000080FE00000000FF005450F6F7D6FE:5017 00000000000000000000000000000000:0000 0A ${REST}
   4: 0000000000000000FFFF00000500000A:5018 0000000000000000FFFF00000600000A:1F90 01 ${REST}
`;
const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            
  123: 00000000:5014 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2 2 0000000048d6e2f5 0
65535: 0500000A:5015 0600000A:0035 01 00000000:00000000 00:00000000 00000000     0        0 2 2 0000000048d6e2f5 0
  125: 00000000:0000 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2 2 0000000048d6e2f5 0
`;

describe('what listens', () => {
  test('of TCP is what waits for connections', () => {
    expect(listeningIn(TCP, 'TCP', 'LE')).toEqual([
      { protocol: 'TCP', port: 20_500, address: '0.0.0.0' },
      { protocol: 'TCP', port: 20_501, address: '127.0.0.1' },
      { protocol: 'TCP', port: 20_504, address: '10.0.0.5' },
    ]);
  });

  test('of IPv6 is on IPv4, too, where it has every address, or one that is mapped', () => {
    expect(listeningIn(TCP6, 'TCP', 'LE')).toEqual([
      { protocol: 'TCP', port: 20_500 },
      { protocol: 'TCP', port: 20_501, address: '::1' },
      { protocol: 'TCP', port: 20_502, address: '10.0.0.5' },
      { protocol: 'TCP', port: 20_503, address: 'fe80::5054:ff:fed6:f7f6' },
    ]);
  });

  test('of UDP is what is connected to nobody, and bound to something', () => {
    expect(listeningIn(UDP, 'UDP', 'LE')).toEqual([{ protocol: 'UDP', port: 20_500, address: '0.0.0.0' }]);
  });

  test('is the same on a machine of the other order', () => {
    const line = `0: 7F000001:5015 00000000:0000 0A ${REST}\n`;
    expect(listeningIn(line, 'TCP', 'BE')).toEqual([{ protocol: 'TCP', port: 20_501, address: '127.0.0.1' }]);
  });

  test.each(['', '\n\n', HEAD, 'rubbish', '0: 00:5014 00:0000 0A', '0: 00000000:XYZ 0:0 0A', '0: 00000000:5014'])(
    'is nothing in %j',
    (text) => {
      expect(listeningIn(text, 'TCP', 'LE')).toEqual([]);
    },
  );

  test('of ten thousand is all of them', () => {
    const hex = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0');
    const lines = Array.from(
      { length: 10_000 },
      (_, at) => `${at}: 00000000:${hex(20_000 + at)} 00000000:0000 0A ${REST}`,
    );
    const ports = listeningIn(lines.join('\n'), 'TCP', 'LE').map(({ port }) => port);
    expect(ports).toEqual(Array.from({ length: 10_000 }, (_, at) => 20_000 + at));
  });
});

test('what listens ends with the first connection, and not with the heading', () => {
  const lines = TCP.split('\n').slice(0, -1);
  expect(lines.map(isBeyondListening)).toEqual([false, false, false, true, true, false]);
});

/** As the kernel prints it: the words of the address, each as a number of the machine. */
function printed(address: string, endianness: 'LE' | 'BE'): string {
  const bytes = address.includes(':') ? bytesOfGroups(address) : address.split('.').map(Number);
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const words = Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(4 * at, endianness === 'LE'));
  return words.map((word) => word.toString(16).toUpperCase().padStart(8, '0')).join('');
}

function bytesOfGroups(address: string): readonly number[] {
  const [left = '', right] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const elided = 8 - groups(left).length - groups(right ?? '').length;
  const all = [...groups(left), ...Array<string>(right === undefined ? 0 : elided).fill('0'), ...groups(right ?? '')];
  return all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
}

test('an address is what the kernel was told, on machines of both orders', () => {
  const anything = fc.oneof(
    fc.ipV4(),
    fc.ipV6().filter((text) => !text.includes('.')),
  );
  fc.assert(
    fc.property(anything, fc.constantFrom('LE' as const, 'BE' as const), (address, endianness) => {
      const canonical = parseAddress(address);
      const expected = canonical === '::' ? '' : canonical;
      expect(decodeAddress(printed(address, endianness), endianness)).toBe(expected);
    }),
  );
});
