import { spawn } from 'node:child_process';
import { clearInterval, setInterval } from 'node:timers';

/** Something that the demonstration promises didn't come true. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';
}

/** How often a wait says that it still goes on. */
const PROGRESS_MS = 3_000;

/** What is shown to the person who watches: headings, sentences, commands with their output, and what is waited for. */
export class Stage {
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;
  #scene = 0;

  /** Commands run in `folder`, with `env` added to our environment. */
  constructor(folder: string, env: Readonly<Record<string, string>> = {}) {
    this.#folder = folder;
    this.#env = { ...process.env, ...env };
  }

  /** The same stage, on which commands also have `env`. */
  with(env: Readonly<Record<string, string>>): Stage {
    const next = new Stage(this.#folder, { ...env });
    next.#scene = this.#scene;
    return next;
  }

  /** Begins a scene. */
  heading(text: string): void {
    this.#scene++;
    write(`\n${emphasize(`${this.#scene}. ${text}`)}\n\n`);
  }

  say(text: string): void {
    write(`${text}\n`);
  }

  /** Runs what a person would type, prints it with all that it prints, and gives its standard output. */
  async type(line: string): Promise<string> {
    write(`${emphasize(`$ ${line}`)}\n`);
    const { code, output } = await this.#run(line);
    write('\n');
    insist(code === 0, `"${line}" ended with exit code ${code}`);
    return output;
  }

  /** Shows that something is waited for, how long already, and how long it took. */
  async wait<T>(what: string, work: Promise<T>): Promise<T> {
    const began = performance.now();
    const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
    write(`… ${what}\n`);
    const timer = setInterval(() => write(`  … ${seconds()}\n`), PROGRESS_MS);
    try {
      const outcome = await work;
      write(`  done in ${seconds()}\n`);
      return outcome;
    } finally {
      clearInterval(timer);
    }
  }

  #run(line: string): Promise<{ readonly code: number; readonly output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn('bash', ['-o', 'pipefail', '-c', line], {
        cwd: this.#folder,
        env: this.#env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        write(text);
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? -1, output }));
    });
  }
}

/** Ends the demonstration with `otherwise` unless `condition` holds. */
export function insist(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new ExpectationError(otherwise);
}

function write(text: string): void {
  process.stdout.write(text);
}

function emphasize(text: string): string {
  return process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? `\u001b[1m${text}\u001b[0m` : text;
}
