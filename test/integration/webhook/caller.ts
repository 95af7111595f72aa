import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MutatingWebhookConfigurations } from '../../../src/kube/index.ts';
import type { KeyPair } from '../../../src/runtime/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

/** What came back. */
export interface Answer {
  readonly code: number;
  readonly body: string;
}

/** What to send; the defaults are those of an API server. */
export interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A connection on which a test sends bytes of its own. */
export interface RawConnection extends Disposable {
  readonly socket: Socket;
  /** Everything that came, once the other side has closed. */
  readonly received: Promise<string>;
}

/** How to reach the managers, and what to show them. */
interface Ways {
  readonly port: number;
  readonly ca: string;
  readonly path: string;
  readonly pair?: KeyPair | undefined;
}

const host = '127.0.0.1';

/** Somebody who reaches the managers' webhook as an API server does, or in ways of his own. */
export class Caller implements Disposable {
  /** Where API servers call the webhook of pods. */
  readonly path: string;
  readonly #port: number;
  readonly #ca: string;
  readonly #pair: KeyPair | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor({ port, ca, path, pair }: Ways) {
    this.path = path;
    this.#port = port;
    this.#ca = ca;
    this.#pair = pair;
  }

  /** Trusts what API servers trust, and calls what they call. */
  static async of({ client, webhookPort, signal }: RunningHostport, pair?: KeyPair): Promise<Caller> {
    const { webhooks = [] } = await client.get(MutatingWebhookConfigurations, { name: 'hostport' }, { signal });
    const { caBundle = '', url = '' } = webhooks[0]?.clientConfig ?? {};
    return new Caller({
      port: webhookPort,
      ca: Buffer.from(caBundle, 'base64').toString(),
      path: new URL(url).pathname,
      pair,
    });
  }

  /** Posts `body` to the webhook of pods, and waits for the answer. */
  async post(body: string | Buffer, question: Question = {}): Promise<Answer> {
    const { path = `${this.path}?timeout=10s`, method = 'POST', headers = {} } = question;
    const all = { 'content-type': 'application/json', ...headers };
    const options = {
      host,
      port: this.#port,
      ca: this.#ca,
      agent: this.#agent,
      path,
      method,
      headers: all,
      ...this.#pair,
    };
    return new Promise((resolve, reject) => {
      const call = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject).on('end', () => resolve({ code: response.statusCode ?? 0, body: text }));
      });
      call.on('error', reject).end(body);
    });
  }

  /** A TLS connection on which nothing was sent yet. */
  async secure(): Promise<RawConnection> {
    const socket = connectTls({ host, port: this.#port, ca: this.#ca });
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return rawConnection(socket);
  }

  /** A connection without TLS. */
  async plain(): Promise<RawConnection> {
    const socket = connect({ host, port: this.#port });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return rawConnection(socket);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function rawConnection(socket: Socket): RawConnection {
  let text = '';
  socket.on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (part: string) => (text += part));
  const received = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  return { socket, received, [Symbol.dispose]: () => void socket.destroy() };
}
