import { describe, expect, test } from '@jest/globals';
import { installCommand } from '../../../src/cli/commands/install.ts';
import { podPolicies, podWebhook, roleInstanceSetWebhook } from '../../../src/manifests/index.ts';

const clientConfigOf = (url?: string, path?: string): unknown => {
  const paths = path === undefined ? {} : { 'pods.hostport.io': path };
  const [webhook] = podWebhook({ namespace: 'ports', url, paths })['webhooks'] as readonly {
    readonly clientConfig: unknown;
  }[];
  return webhook?.clientConfig;
};

describe('the webhook', () => {
  test.each(['https://127.0.0.1:9443', 'https://127.0.0.1:9443/', 'https://127.0.0.1:9443//'])(
    'is called below %s, at the path that is there, and with no authority of ours',
    (url) => {
      expect(clientConfigOf(url)).toEqual({ url: 'https://127.0.0.1:9443' });
      expect(clientConfigOf(url, '/mutate/pods/x')).toEqual({ url: 'https://127.0.0.1:9443/mutate/pods/x' });
    },
  );

  test('is called through the Service otherwise, and with no authority of ours', () => {
    const service = { namespace: 'ports', name: 'hostport-webhook', port: 443 };
    expect(clientConfigOf()).toEqual({ service });
    expect(clientConfigOf(undefined, '/mutate/pods/x')).toEqual({ service: { ...service, path: '/mutate/pods/x' } });
  });

  test('and the policies exempt the namespace of the managers', () => {
    const texts = [podWebhook({ namespace: 'ports' }), ...podPolicies('ports')].map((each) => JSON.stringify(each));
    expect(texts.filter((text) => text.includes('kube-system') && text.includes('kube-node-lease'))).toHaveLength(3);
    expect(texts.filter((text) => text.includes('"ports"') || text.includes('\\"ports\\"'))).toHaveLength(3);
    expect(texts.join()).not.toContain('hostport-system');
  });
});

describe('the webhook for sets', () => {
  test.each([
    ['https://127.0.0.1:9443/', { url: 'https://127.0.0.1:9443' }],
    [undefined, { service: { namespace: 'ports', name: 'hostport-webhook', port: 443 } }],
  ])('is called at %s, fails closed, and writes nothing', (url, clientConfig) => {
    expect(roleInstanceSetWebhook({ namespace: 'ports', url })).toMatchObject({
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'hostport' },
      webhooks: [{ clientConfig, failurePolicy: 'Fail', sideEffects: 'None', timeoutSeconds: 5 }],
    });
  });
});

describe('--webhook-url', () => {
  test.each(['https://127.0.0.1:9443', 'https://[::1]:9443/', 'https://hooks.example.com/hostport'])(
    'takes %s',
    (url) => {
      expect(installCommand.prepare([`--webhook-url=${url}`], {})).toMatchObject({ ok: true });
    },
  );

  test.each([
    '',
    '127.0.0.1:9443',
    'http://127.0.0.1:9443',
    'https://',
    'https://127.0.0.1:9443?x=1',
    'https://127.0.0.1:9443/?',
    'https://127.0.0.1:9443/#x',
    'https://me:secret@127.0.0.1:9443',
  ])('refuses %j, and says what to write', (url) => {
    const error = `--webhook-url "${url}": write a URL such as "https://127.0.0.1:9443"`;
    expect(installCommand.prepare([`--webhook-url=${url}`], {})).toEqual({ ok: false, error });
  });
});
