/** A server can't listen at an address. The message is complete: for what, where, and why not. */
export class BindError extends Error {
  override readonly name = 'BindError';

  /** @param what what should be served there */
  constructor(what: string, { host, port }: { readonly host: string; readonly port: number }, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot serve ${what} at ${host}:${port}: ${why}; name another address`, { cause });
  }
}
