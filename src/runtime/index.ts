/**
 * What a long-running program needs around its controllers: keyed queues, loops over them, one leader among replicas,
 * start and stop in order, health, metrics and logs.
 *
 * It refuses to know what a port is, which kinds there are, and which metrics others count: those are handed in. It
 * imports `base` and `kube` alone.
 *
 * 1. A key is reconciled by one worker at a time; what is added meanwhile is reconciled once more afterwards.
 * 2. A failed key comes back until it succeeds or is stuck; no failure of one key delays another.
 * 3. Times of other machines are shown and never compared: leases are judged by the local monotonic clock.
 * 4. Losing the lease ends the term, never the process.
 * 5. What was started in order is stopped in reverse, and everything that is started is a lifetime.
 */
