import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PATH_SECRET_NAME } from '../../../src/api/index.ts';
import type { Secret } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { podOf } from './manifests.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport();
});
afterAll(() => hostport[Symbol.asyncDispose]());

const secret = ['-n', 'hostport-system', 'secret', PATH_SECRET_NAME];

async function dataNow(): Promise<Readonly<Record<string, string>>> {
  const text = await succeed(hostport.kubectl(['get', ...secret, '-o', 'json']));
  return (JSON.parse(text) as Secret).data ?? {};
}

test('a Secret of the path that somebody spoils is written anew with what the webhooks carry, and pods are served', async () => {
  const before = await dataNow();
  expect(Object.keys(before)).toContain('current');
  const nonsense = Buffer.from('nonsense').toString('base64');
  const data = Object.fromEntries(Object.keys(before).map((key) => [key, nonsense]));
  await succeed(hostport.kubectl(['patch', ...secret, '--type', 'merge', '-p', JSON.stringify({ data })]));
  const isMended = ({ current }: Readonly<Record<string, string>>): boolean => current === before['current'];
  await hostport.eventually(dataNow, isMended, 'the Secret has the part that the webhooks carry');
  await hostport.apply(podOf('served'));
});
