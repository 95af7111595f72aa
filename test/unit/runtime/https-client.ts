import { TLSSocket, connect } from 'node:tls';
import { request } from 'node:https';
import type { Agent } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { startHttpsServer } from '../../../src/runtime/index.ts';
import type { HttpsServer, HttpsServerOptions, KeyPair } from '../../../src/runtime/index.ts';
import { issueLeaf, makeAuthority } from '../../../src/runtime/tls/index.ts';

const subjects = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const authority = await makeAuthority('test', { now: systemClock.now() });

/** The authority that clients in the tests trust, as PEM. */
export const trusted = authority.cert;

/** A new certificate of the tests' authority. */
export function newPair(): Promise<KeyPair> {
  return issueLeaf(authority, subjects, { now: systemClock.now(), lifeMs: 3_600_000 });
}

/** A certificate source whose certificate a test can replace. */
export class TestCertificates {
  readonly #listeners = new Set<(pair: KeyPair) => void>();
  #pair: KeyPair;

  constructor(pair: KeyPair) {
    this.#pair = pair;
  }

  current(): KeyPair {
    return this.#pair;
  }

  subscribe(listener: (pair: KeyPair) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  replace(pair: KeyPair): void {
    this.#pair = pair;
    for (const listener of this.#listeners) listener(pair);
  }
}

/** A server on any port of loopback with a certificate of the tests' authority. */
export async function startTestServer(change: Partial<HttpsServerOptions> = {}): Promise<HttpsServer> {
  const certificates = new TestCertificates(await newPair());
  const bind = { host: '127.0.0.1', port: 0 };
  const options = { bind, certificates, routes: {}, logger: silentLogger, ...change };
  return startHttpsServer(options, new AbortController().signal);
}

/** An answer and the connection over which it came. */
export interface Answer {
  readonly code: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly localPort: number | undefined;
  /** The serial number of the certificate that the server showed. */
  readonly serial: string;
}

/** What to send. The defaults make a valid request. */
export interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
  /** The client certificate to show. */
  readonly pair?: KeyPair | undefined;
  /** The authority to trust; default the tests' authority. */
  readonly ca?: string;
}

/** Sends one request, through an agent that trusts only the tests' authority. */
export function ask({ address }: HttpsServer, question: Question = {}): Promise<Answer> {
  const {
    path = '/echo',
    method = 'POST',
    headers = {},
    body = '{}',
    agent = false,
    ca = authority.cert,
    pair,
  } = question;
  return new Promise((resolve, reject) => {
    const received = (response: IncomingMessage): void => {
      const { socket } = response;
      if (!(socket instanceof TLSSocket)) throw new Error('this is no HTTPS');
      const { localPort } = socket;
      const serial = socket.getPeerCertificate().serialNumber;
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ code: response.statusCode, headers: response.headers, body: text, localPort, serial }),
      );
    };
    const all = { 'content-type': 'application/json', ...headers };
    request({ ...address, path, method, headers: all, agent, ca, ...pair }, received)
      .on('error', reject)
      .end(body);
  });
}

/** A TLS connection over which a test sends its own bytes. */
export async function rawConnection({ address }: HttpsServer): Promise<RawConnection> {
  const socket = connect({ ...address, ca: authority.cert });
  let text = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return { socket, closed, received: () => text };
}

/** A connection, and what has come over it so far. */
export interface RawConnection {
  readonly socket: TLSSocket;
  readonly closed: Promise<void>;
  readonly received: () => string;
}
