import { expect, test } from '@jest/globals';
import { register } from 'prom-client';
import { Metrics, runtimeMetrics } from '../../../src/runtime/index.ts';

test('metrics are told in the text format, one line for each set of labels', async () => {
  const metrics = new Metrics();
  const writes = metrics.counter({ name: 'writes_total', help: 'Writes', labels: ['result'] });
  writes.add({ result: 'ok' });
  writes.add({ result: 'ok' }, 2);
  writes.add({ result: 'conflict' });
  const text = await metrics.text();
  expect(text).toContain('# TYPE writes_total counter');
  expect(text).toContain('writes_total{result="ok"} 3');
  expect(text).toContain('writes_total{result="conflict"} 1');
});

test('a gauge forgets what exists no more', async () => {
  const metrics = new Metrics();
  const sizes = metrics.gauge({ name: 'size', help: 'Size', labels: ['pool'] });
  sizes.set({ pool: 'kept' }, 1);
  sizes.set({ pool: 'gone' }, 2);
  sizes.remove({ pool: 'gone' });
  expect(await metrics.text()).toContain('size{pool="kept"} 1');
  expect(await metrics.text()).not.toContain('gone');
  sizes.clear();
  expect(await metrics.text()).not.toContain('kept');
});

test('a gauge may be asked at each scrape', async () => {
  const metrics = new Metrics();
  let scrapes = 0;
  metrics.gauge({ name: 'asked', help: 'Asked' }, (gauge) => gauge.set({}, ++scrapes));
  expect(await metrics.text()).toContain('asked 1');
  expect(await metrics.text()).toContain('asked 2');
});

test('a histogram counts by its own buckets', async () => {
  const metrics = new Metrics();
  const took = metrics.histogram({ name: 'took_seconds', help: 'Took' }, [0.1, 1]);
  took.observe({}, 0.5);
  const text = await metrics.text();
  expect(text).toContain('took_seconds_bucket{le="0.1"} 0');
  expect(text).toContain('took_seconds_bucket{le="1"} 1');
  expect(text).toContain('took_seconds_count 1');
});

test('a name is made once, in each registry, and nothing is global', () => {
  const metrics = new Metrics();
  metrics.counter({ name: 'one_total', help: 'One' });
  expect(() => metrics.counter({ name: 'one_total', help: 'One' })).toThrow('one_total');
  expect(() => new Metrics().counter({ name: 'one_total', help: 'One' })).not.toThrow();
  expect(register.getMetricsAsArray()).toEqual([]);
});

test('the process is watched when asked', async () => {
  const metrics = new Metrics();
  metrics.watchProcess();
  expect(await metrics.text()).toContain('process_cpu_seconds_total');
});

test('the process tells the longest pause of its event loop since it was last asked', async () => {
  const metrics = new Metrics();
  metrics.watchProcess();
  const longest = async (): Promise<number> =>
    Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await metrics.text())?.[1]);
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  let told = 0;
  while (told < 0.2) {
    await turn(); // A garbage collection pause counts from the look before it.
    for (const end = performance.now() + 200; performance.now() < end;);
    await turn();
    told = await longest();
  }
  do {
    await turn();
    told = await longest();
  } while (told >= 0.2);
  expect(told).toBeGreaterThan(0);
});

test('the runtime tells of its queues, reconciles, requests and leadership', async () => {
  const metrics = new Metrics();
  const runtime = runtimeMetrics(metrics);
  expect(await metrics.text()).toContain('hostport_leader 0');
  runtime.lead(true);
  const observer = runtime.observe('port-pool');
  observer.depth(7);
  observer.reconciled('stuck', 0.2);
  runtime.onRequest({ verb: 'update', resource: 'configmaps', code: 409, seconds: 0.01 });
  const text = await metrics.text();
  expect(text).toContain('hostport_leader 1');
  expect(text).toContain('hostport_queue_depth{controller="port-pool"} 7');
  expect(text).toContain('hostport_reconcile_seconds_count{controller="port-pool",result="stuck"} 1');
  expect(text).toContain('hostport_reconcile_total{controller="port-pool",result="stuck"} 1');
  expect(text).toContain('hostport_api_requests_total{verb="update",resource="configmaps",code="409"} 1');
  expect(text).toContain('hostport_api_request_seconds_count{verb="update"} 1');
});
