/**
 * Specs that are taken and specs that are refused, with the words of the refusal. The unit test asks our validator, the
 * integration test asks the API server: both must agree.
 */
export interface Refused {
  readonly title: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Where the fault is. */
  readonly path: string;
  /** What is said; absent where the words are those of the validator itself, and differ. */
  readonly message?: string;
}

const onePort = (port: object): Readonly<Record<string, unknown>> => ({ ports: [{ name: 'game', ...port }] });

const NOT_A_RANGE = 'is not a range of ports: write "20000-29999", or one number like "27017"';
const NOT_PORTS = 'has a number that no port can have: write numbers from 1 to 65535';
const NOT_A_DURATION = 'is not a duration: write numbers with units (ms, s, m, h), like "30s" or "1m30s"';
const NO_SUCH_PORT = 'no port has this number: write one from 1 to 65535, or leave port out to be given a free one';
const NOT_AN_ADDRESS =
  'is not an IP address: write one like 10.0.0.5 or fd00::5, or leave hostIP out to hold all addresses';
const NAME_ADVICE = 'write lower case letters, digits, "-" and ".", with a letter or a digit at each end';

/** Pools that are refused. */
export const refusedPools: readonly Refused[] = [
  { title: 'no ranges', spec: {}, path: 'spec.ranges' },
  { title: 'an empty list of ranges', spec: { ranges: [] }, path: 'spec.ranges' },
  { title: 'a number as a range', spec: { ranges: [20_000] }, path: 'spec.ranges[0]' },
  {
    title: '65 ranges',
    spec: { ranges: Array.from({ length: 65 }, (_, at) => `${20_000 + at}`) },
    path: 'spec.ranges',
  },
  {
    title: 'a reversed range',
    spec: { ranges: ['29999-20000'] },
    path: 'spec.ranges[0]',
    message: '"29999-20000" is reversed: write "20000-29999"',
  },
  {
    title: 'a reversed exclusion',
    spec: { ranges: ['1-9'], exclude: ['5', '9-5'] },
    path: 'spec.exclude[1]',
    message: '"9-5" is reversed: write "5-9"',
  },
  { title: 'number 0', spec: { ranges: ['1', '0-10'] }, path: 'spec.ranges[1]', message: `"0-10" ${NOT_PORTS}` },
  {
    title: 'number 70000',
    spec: { ranges: ['60000-70000'] },
    path: 'spec.ranges[0]',
    message: `"60000-70000" ${NOT_PORTS}`,
  },
  { title: 'a word', spec: { ranges: ['all'] }, path: 'spec.ranges[0]', message: `"all" ${NOT_A_RANGE}` },
  { title: 'an empty text', spec: { ranges: [''] }, path: 'spec.ranges[0]', message: `"" ${NOT_A_RANGE}` },
  {
    title: 'spaces',
    spec: { ranges: ['20000 - 29999'] },
    path: 'spec.ranges[0]',
    message: `"20000 - 29999" ${NOT_A_RANGE}`,
  },
  {
    title: 'two ranges in one text',
    spec: { ranges: ['1-5,7-9'] },
    path: 'spec.ranges[0]',
    message: `"1-5,7-9" ${NOT_A_RANGE}`,
  },
  { title: 'half a range', spec: { ranges: ['20000-'] }, path: 'spec.ranges[0]', message: `"20000-" ${NOT_A_RANGE}` },
  { title: 'an unknown scope', spec: { ranges: ['1'], scope: 'Pod' }, path: 'spec.scope' },
  { title: 'an unknown strategy', spec: { ranges: ['1'], strategy: 'Best' }, path: 'spec.strategy' },
  {
    title: 'a cooldown without a unit',
    spec: { ranges: ['1'], cooldown: '30' },
    path: 'spec.cooldown',
    message: `"30" ${NOT_A_DURATION}`,
  },
  {
    title: 'a negative cooldown',
    spec: { ranges: ['1'], cooldown: '-5s' },
    path: 'spec.cooldown',
    message: `"-5s" ${NOT_A_DURATION}`,
  },
  {
    title: 'a cooldown of more than an hour',
    spec: { ranges: ['1'], cooldown: '59m61s' },
    path: 'spec.cooldown',
    message: '"59m61s" is too long: write "1h" or less',
  },
  {
    title: 'room of a pool of the whole cluster',
    spec: { ranges: ['1'], advertise: true },
    path: 'spec',
    message: 'advertise is for pools of scope Node, whose numbers are left on one node or another: leave it out',
  },
  { title: 'a quota below zero', spec: { ranges: ['1'], maxPortsPerNamespace: -1 }, path: 'spec.maxPortsPerNamespace' },
  {
    title: 'a selector without values',
    spec: { ranges: ['1'], namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In' }] } },
    path: 'spec.namespaceSelector.matchExpressions[0]',
    message: 'In and NotIn need values: write values: ["a", "b"]',
  },
  {
    title: 'a selector with useless values',
    spec: {
      ranges: ['1'],
      namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists', values: ['a'] }] },
    },
    path: 'spec.namespaceSelector.matchExpressions[0]',
    message: 'Exists and DoesNotExist take no values: leave values out',
  },
  {
    title: 'a selector with an unknown operator',
    spec: {
      ranges: ['1'],
      namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Like', values: ['a'] }] },
    },
    path: 'spec.namespaceSelector.matchExpressions[0].operator',
  },
];

/** Pools that are taken. */
export const takenPools: readonly (readonly [title: string, spec: Readonly<Record<string, unknown>>])[] = [
  ['one number', { ranges: ['1'] }],
  ['the whole space', { ranges: ['1-65535'] }],
  ['64 overlapping ranges', { ranges: Array.from({ length: 64 }, (_, at) => `${20_000 + at}-29999`) }],
  ['no cooldown', { ranges: ['1'], cooldown: '0s' }],
  ['an hour of cooldown', { ranges: ['1'], cooldown: '59m60s' }],
  ['half a second of cooldown', { ranges: ['1'], cooldown: '0.5s' }],
  ['room that is shown', { ranges: ['1'], scope: 'Node', advertise: true }],
  ['room that is not shown', { ranges: ['1'], scope: 'Node', advertise: false }],
  ['a quota of nothing', { ranges: ['1'], maxPortsPerNamespace: 0 }],
  ['a selector of everything', { ranges: ['1'], namespaceSelector: {} }],
  [
    'a selector with each operator',
    {
      ranges: ['1'],
      namespaceSelector: {
        matchLabels: { 'example.com/team': 'a' },
        matchExpressions: [
          { key: 'tier', operator: 'In', values: ['game'] },
          { key: 'tier', operator: 'NotIn', values: ['test'] },
          { key: 'a', operator: 'Exists' },
          { key: 'b', operator: 'DoesNotExist', values: [] },
        ],
      },
    },
  ],
];

/** What a record says of a pod, and nothing that a record may leave out. */
export const recordedSpec = {
  recordOf: { apiVersion: 'v1', kind: 'Pod', name: 'game-0', uid: '1-2-3' },
  ports: [{ name: 'game', protocol: 'UDP', port: 20_001, count: 1 }],
  summary: 'game=20001/UDP',
  holder: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'game-0', uid: '1-2-3' },
  allocated: 'True',
  reason: 'Allocated',
} as const;

/** Allocations that are refused. */
export const refusedAllocations: readonly Refused[] = [
  { title: 'no ports', spec: {}, path: 'spec.ports' },
  { title: 'an empty list of ports', spec: { ports: [] }, path: 'spec.ports' },
  {
    title: '1025 ports',
    spec: { ports: Array.from({ length: 1025 }, (_, at) => ({ name: `p${at}` })) },
    path: 'spec.ports',
  },
  { title: 'a port without a name', spec: { ports: [{ port: 20_000 }] }, path: 'spec.ports[0].name' },
  {
    title: 'duplicate names',
    spec: { ports: [{ name: 'game' }, { name: 'rcon' }, { name: 'game', protocol: 'UDP' }] },
    path: 'spec.ports[2]',
  },
  {
    title: 'a name in upper case',
    spec: { ports: [{ name: 'Game' }] },
    path: 'spec.ports[0].name',
    message: `"Game" is not a name for a port: ${NAME_ADVICE}`,
  },
  { title: 'a name of 64 characters', spec: { ports: [{ name: 'a'.repeat(64) }] }, path: 'spec.ports[0].name' },
  { title: 'an unknown protocol', spec: onePort({ protocol: 'udp' }), path: 'spec.ports[0].protocol' },
  { title: 'number 0', spec: onePort({ port: 0 }), path: 'spec.ports[0].port', message: NO_SUCH_PORT },
  { title: 'number -5', spec: onePort({ port: -5 }), path: 'spec.ports[0].port', message: NO_SUCH_PORT },
  { title: 'number 70000', spec: onePort({ port: 70_000 }), path: 'spec.ports[0].port', message: NO_SUCH_PORT },
  { title: 'a fraction', spec: onePort({ port: 2.5 }), path: 'spec.ports[0].port' },
  { title: 'a count of 0', spec: onePort({ count: 0 }), path: 'spec.ports[0].count' },
  { title: 'a count of 1025', spec: onePort({ count: 1025 }), path: 'spec.ports[0].count' },
  {
    title: 'a block beyond the last number',
    spec: onePort({ port: 65_530, count: 8 }),
    path: 'spec.ports[0]',
    message: 'the block ends beyond 65535: write a smaller port or a smaller count',
  },
  {
    title: 'eleven blocks of 1,000 numbers',
    spec: { ports: Array.from({ length: 11 }, (_, at) => ({ name: `p${at}`, count: 1_000 })) },
    path: 'spec',
    message:
      'the counts of the ports come to more than 10000 numbers: write several PortAllocations, or smaller counts',
  },
  ...['10.0.0', '10.0.0.5/32', '010.0.0.5', 'fe80::1%eth0', 'localhost', '', '::ffff:10.0.0'].map((hostIP) => ({
    title: `the address "${hostIP}"`,
    spec: onePort({ hostIP }),
    path: 'spec.ports[0].hostIP',
    message: `"${hostIP}" ${NOT_AN_ADDRESS}`,
  })),
  {
    title: 'an empty pool name',
    spec: { poolName: '', ...onePort({}) },
    path: 'spec.poolName',
    message: `"" is not the name of a pool: ${NAME_ADVICE}`,
  },
  {
    title: 'a node name with a slash',
    spec: { nodeName: 'a/b', ...onePort({}) },
    path: 'spec.nodeName',
    message: `"a/b" is not the name of a node: ${NAME_ADVICE}`,
  },
  ...Object.entries({
    summary: 'game=20001/UDP',
    holder: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'game-0', uid: '1-2-3' },
    allocated: 'True',
    reason: 'Allocated',
  }).map(([field, value]) => ({
    title: `${field} in the spec of what is no record`,
    spec: { [field]: value, ...onePort({}) },
    path: 'spec',
    message:
      'summary, holder, allocated and reason are what Hostport says in the specs of its records: leave them out, write what you ask for into ports, and read in the status what was given',
  })),
  { title: 'a record of nothing', spec: { recordOf: {}, ...onePort({}) }, path: 'spec.recordOf.uid' },
];

/** Allocations that are taken. */
export const takenAllocations: readonly (readonly [title: string, spec: Readonly<Record<string, unknown>>])[] = [
  ['one port', onePort({})],
  ['the first number', onePort({ port: 1 })],
  ['the last number', onePort({ port: 65_535 })],
  ['a block up to the last number', onePort({ port: 65_535 - 1023, count: 1024 })],
  ['a name with dots', { ports: [{ name: 'a.b-c.9' }] }],
  [
    '1024 ports with names of 63 characters',
    { ports: Array.from({ length: 1024 }, (_, at) => ({ name: `${'p'.repeat(59)}${1000 + at}` })) },
  ],
  ...['10.0.0.5', '0.0.0.0', '::', 'fd00::5', '::ffff:10.0.0.5', '::FFFF:10.0.0.5', '64:ff9b::10.0.0.5'].map(
    (hostIP) => [`the address ${hostIP}`, onePort({ hostIP })] as const,
  ),
  ['a node', { poolName: 'by-node', nodeName: 'node-1.example.com', ...onePort({ protocol: 'TCPUDP' }) }],
  [
    'a record of an earlier version',
    { recordOf: { apiVersion: 'v1', kind: 'Pod', name: 'game-0', uid: '1-2-3' }, ...onePort({}) },
  ],
  ['a record', { ...recordedSpec, poolName: 'default' }],
];
