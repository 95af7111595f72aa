import { describe, expect, test } from '@jest/globals';
import { SCTP, TCP, UDP, isPortNumber, protocolName, protocolsOf } from '../../../../src/core/index.ts';
import { parseProtocols } from '../../../../src/core/port.ts';

describe('the number of a port', () => {
  test.each([1, 80, 65535])('may be %d', (value) => {
    expect(isPortNumber(value)).toBe(true);
  });

  test.each([0, -1, 65536, 1.5, NaN, Infinity])('may not be %d', (value) => {
    expect(isPortNumber(value)).toBe(false);
  });
});

describe('protocols', () => {
  test('stand for what a resource asks for', () => {
    expect([protocolsOf('TCP'), protocolsOf('UDP'), protocolsOf('SCTP')]).toEqual([TCP, UDP, SCTP]);
    expect(protocolsOf('TCPUDP')).toBe(TCP | UDP);
    expect(TCP & UDP & SCTP).toBe(0);
  });

  test.each([
    [TCP, 'TCP'],
    [UDP, 'UDP'],
    [SCTP, 'SCTP'],
    [TCP | UDP, 'TCPUDP'],
    [TCP | SCTP, 'TCP+SCTP'],
    [UDP | SCTP, 'UDP+SCTP'],
    [TCP | UDP | SCTP, 'TCP+UDP+SCTP'],
  ])('%d are written and read as %s', (protocols, name) => {
    expect(protocolName(protocols)).toBe(name);
    expect(parseProtocols(name)).toBe(protocols);
  });

  test.each(['', 'tcp', 'ICMP', 'TCP+', 'TCP+TCP', 'TCPUDP+SCTP', 'TCP UDP'])('are not read from "%s"', (text) => {
    expect(parseProtocols(text)).toBeUndefined();
  });
});
