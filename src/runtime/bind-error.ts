/** A server can't listen on an address. The message says which server, which address, and why. */
export class BindError extends Error {
  override readonly name = 'BindError';

  /** @param what what the server serves */
  constructor(what: string, { host, port }: { readonly host: string; readonly port: number }, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot serve ${what} at ${host}:${port}: ${why}; name another address`, { cause });
  }
}
