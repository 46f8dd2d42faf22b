// What the recording of BullMQ for Node says: node scenario.js FOLDER PORT, where FOLDER holds node_modules with bullmq 5 or 6.
// Every script of the package is run at least once, on a queue in which something has happened.

Error.stackTraceLimit = 0; // what fails is kept, and names no place of this machine

const path = require('node:path');
const [folder, port] = process.argv.slice(2);
const home = path.resolve(folder, 'node_modules/bullmq');
const { Queue, Worker, FlowProducer, QueueEvents, Job, UnrecoverableError } = require(home);
const { version } = require(path.join(home, 'package.json'));
const major = Number(version.split('.')[0]);
const connection = { host: '127.0.0.1', port: Number(port) };

const quietly = async (action) => {
  try {
    return await action();
  } catch (error) {
    return error;
  }
};

const scripts = (owner) => owner.backend ?? owner.scripts;

// One script by its name, with keys and arguments as they are.
async function raw(queue, name, ...args) {
  const client = await scripts(queue).queue.client;
  return quietly(() => scripts(queue).execCommand(client, name, args));
}

async function worker(name, options = {}) {
  const made = new Worker(name, async () => {}, { connection, autorun: false, drainDelay: 1, ...options });
  made.on('error', () => {});
  await made.waitUntilReady();
  return made;
}

const next = (taker, token) => taker.getNextJob(token, { block: false });

async function adding(queue) {
  await queue.add('plain', { number: 1, text: 'ünïcode', nested: { list: [1, 2.5, null] } });
  await queue.add('late', { number: 2 }, { delay: 3600000 });
  await queue.add('first', { number: 3 }, { priority: 2 });
  await queue.add('second', { number: 4 }, { priority: 5 });
  await queue.add('stack', { number: 5 }, { lifo: true });
  await queue.add('named', { number: 6 }, { jobId: 'named', attempts: 3, backoff: { type: 'exponential', delay: 1000 } });
  await queue.add('named', { number: 7 }, { jobId: 'named' });
  await queue.add('sized', { number: 8 }, { sizeLimit: 1000, stackTraceLimit: 1, keepLogs: 2 });
  await queue.add('once', { number: 9 }, { deduplication: { id: 'simple' } });
  await queue.add('once', { number: 10 }, { deduplication: { id: 'simple' } });
  await queue.add('throttled', { number: 11 }, { deduplication: { id: 'throttle', ttl: 600000 } });
  await queue.add('throttled', { number: 12 }, { deduplication: { id: 'throttle', ttl: 600000 } });
  const debounce = { deduplication: { id: 'debounce', ttl: 600000, extend: true, replace: true }, delay: 600000 };
  await queue.add('debounced', { number: 13 }, debounce);
  await queue.add('debounced', { number: 14 }, debounce);
  await queue.addBulk([1, 2, 3, 4].map((number) => ({ name: 'bulk', data: { number }, opts: number % 2 ? {} : { priority: number } })));
}

async function looking(queue) {
  await queue.getJobCounts();
  await queue.getJobCounts('wait', 'delayed', 'prioritized', 'completed');
  await queue.getCountsPerPriority([0, 1, 2, 5]);
  await queue.getRanges(['wait', 'delayed', 'completed', 'failed'], 0, 10, true);
  await queue.getRanges(['wait', 'prioritized', 'active'], 0, -1, false);
  await queue.getJobs(['wait', 'delayed', 'prioritized', 'completed', 'failed'], 0, 5, true);
  await queue.getJobs(['wait', 'paused'], 1, 2);
  for (const id of ['1', '2', '3', 'named', 'nobody']) {
    await queue.getJobState(id);
    await scripts(queue).isFinished(id);
    await scripts(queue).isFinished(id, true);
    const keys = ['completed', 'failed', 'delayed', 'active', 'wait', 'paused', 'waiting-children', 'prioritized'].map((key) => queue.toKey(key));
    await raw(queue, 'getState', ...keys, id, queue.toKey(id));
    await raw(queue, 'isJobInList', queue.toKey('wait'), id);
  }
  await queue.getDeduplicationJobId('simple');
  await queue.getRateLimitTtl();
  await queue.getRateLimitTtl(10);
  await scripts(queue).isMaxed();
  await queue.getMetrics('completed');
  await queue.getMetrics('failed', 0, 3);
}

async function changing(queue) {
  const plain = await queue.getJob('1');
  await plain.updateData({ changed: true });
  await plain.updateProgress(42);
  await plain.updateProgress({ done: 1, of: 2 });
  for (const row of ['one', 'two', 'three']) await plain.log(row);
  await queue.addJobLog('1', 'four', 2);
  await quietly(() => queue.addJobLog('nobody', 'x'));
  await plain.clearLogs(1);
  await plain.changePriority({ priority: 7 });
  await plain.changePriority({ priority: 0, lifo: true });
  const late = await queue.getJob('2');
  await late.changeDelay(7200000);
  await late.changePriority({ priority: 3 });
  await late.promote();
  await quietly(() => late.promote());
  await quietly(() => late.changeDelay(5));
  await queue.removeDeduplicationKey('throttle');
  const once = (await queue.getJobs(['wait'])).find((job) => job && job.name === 'once');
  if (once) await once.removeDeduplicationKey();
  await queue.setGlobalConcurrency(2);
  await scripts(queue).isMaxed();
  if (queue.setGlobalRateLimit) await queue.setGlobalRateLimit(100, 10000);
  await queue.removeGlobalConcurrency();
  if (queue.removeGlobalRateLimit) await queue.removeGlobalRateLimit();
}

async function working(queue) {
  const taker = await worker(queue.name, { metrics: { maxDataPoints: 10 }, lockDuration: 600000 });
  let job = await next(taker, 'token-1');
  await job.extendLock('token-1', 500000);
  await quietly(() => job.extendLock('other', 500000));
  await scripts(queue).extendLocks([job.id, 'nobody'], ['token-1', 'x'], 400000);
  const [data, id] = (await job.moveToCompleted({ result: [1, 2] }, 'token-1', true)) ?? [];
  if (id) {
    job = Job.fromJSON(queue, data, id);
    job.token = 'token-1';
    await quietly(() => job.moveToFailed(new Error('first time'), 'token-1', false));
  }
  job = await next(taker, 'token-2');
  await quietly(() => job.moveToFailed(new UnrecoverableError('for good'), 'token-2', true));
  job = await next(taker, 'token-3');
  if (job) await quietly(() => job.moveToDelayed(Date.now() + 900000, 'token-3'));
  job = await next(taker, 'token-4');
  if (job) await quietly(() => (job.moveToWait ? job.moveToWait('token-4') : scripts(queue).moveJobFromActiveToWait(job.id, 'token-4')));
  job = await next(taker, 'token-5');
  if (job) {
    job.opts.attempts = 5;
    job.opts.backoff = undefined;
    await quietly(() => job.moveToFailed(new Error('again at once'), 'token-5', false));
  }
  job = await next(taker, 'token-6');
  if (job) {
    job.opts.attempts = 5;
    job.opts.backoff = { type: 'fixed', delay: 5000 };
    await quietly(() => job.moveToFailed(new Error('again later'), 'token-6', true));
  }
  for (const at of [1, 2, 3]) {
    job = await next(taker, `token-7-${at}`);
    if (!job) break;
    job.opts.removeOnComplete = at === 1 ? true : { count: 1, age: 100 };
    await quietly(() => job.moveToCompleted(at, `token-7-${at}`, false));
  }
  job = await next(taker, 'token-8');
  if (job) {
    await raw(queue, 'saveStacktrace', queue.toKey(job.id), JSON.stringify(['trace']), 'because');
    await raw(queue, 'releaseLock', `${queue.toKey(job.id)}:lock`, 'other');
    await raw(queue, 'releaseLock', `${queue.toKey(job.id)}:lock`, 'token-8');
    await quietly(() => job.moveToCompleted('too late', 'token-8', false));
  }
  const failed = await queue.getFailed();
  if (failed[0]) await quietly(() => failed[0].retry('failed'));
  if (failed[1]) await quietly(() => failed[1].retry('failed', { resetAttemptsMade: true }));
  const completed = await queue.getCompleted();
  if (completed[0]) await quietly(() => completed[0].retry('completed'));
  await queue.retryJobs({ count: 10, state: 'failed' });
  await queue.retryJobs({ count: 10, state: 'completed' });
  await queue.promoteJobs({ count: 100 });
  await taker.close(true);
}

async function stalling() {
  const queue = new Queue('stalling', { connection });
  await queue.addBulk([1, 2, 3].map((number) => ({ name: 'stall', data: { number } })));
  const taker = await worker('stalling', { lockDuration: 600000, stalledInterval: 600000, maxStalledCount: 1 });
  const client = await scripts(queue).queue.client;
  for (let turn = 0; turn < 3; turn++) {
    const jobs = [await next(taker, 'a'), await next(taker, 'b')].filter(Boolean);
    for (const job of jobs) await client.del(`${queue.toKey(job.id)}:lock`);
    await scripts(taker).moveStalledJobsToWait();
    await client.del(queue.toKey('stalled-check'));
    await scripts(taker).moveStalledJobsToWait();
    await client.del(queue.toKey('stalled-check'));
  }
  await queue.getFailed();
  await taker.close(true);
  await queue.close();
}

async function limiting() {
  const queue = new Queue('limited', { connection });
  await queue.addBulk([1, 2, 3, 4].map((number) => ({ name: 'limit', data: { number }, opts: { priority: number } })));
  const taker = await worker('limited', { limiter: { max: 2, duration: 600000 }, lockDuration: 600000 });
  const first = await next(taker, 'a');
  const second = await next(taker, 'b');
  await next(taker, 'c');
  await queue.getRateLimitTtl(2);
  if (first) await quietly(() => first.moveToCompleted('x', 'a', true));
  if (second) await quietly(() => scripts(queue).moveJobFromActiveToWait(second.id, 'b'));
  await queue.rateLimit(600000);
  await queue.removeRateLimitKey();
  await taker.close(true);
  await queue.close();
}

async function pausing(queue) {
  await queue.pause();
  await queue.add('asleep', {});
  await queue.add('asleep', {}, { priority: 1 });
  const taker = await worker(queue.name);
  await next(taker, 'p');
  await queue.getJobCounts();
  await queue.resume();
  await taker.close(true);
}

async function flowing() {
  const queue = new Queue('parents', { connection });
  const below = new Queue('children', { connection });
  const flows = new FlowProducer({ connection });
  const child = (number, opts = {}) => ({ name: 'child', queueName: 'children', data: { number }, opts });
  const tree = await flows.add({
    name: 'parent', queueName: 'parents', data: {}, opts: { jobId: 'mother' },
    children: [child(1), child(2, { failParentOnFailure: true, jobId: 'bad' }), { ...child(3, { jobId: 'middle' }), children: [child(4)] }],
  });
  await flows.addBulk([
    { name: 'ignoring', queueName: 'parents', data: {}, opts: { jobId: 'ignoring', priority: 3 }, children: [child(5, { ignoreDependencyOnFailure: true }), child(6, { removeDependencyOnFailure: true })] },
    { name: 'going on', queueName: 'parents', data: {}, opts: { jobId: 'going', delay: 1000 }, children: [child(7, { continueParentOnFailure: true })] },
  ]);
  await queue.getJobCounts();
  await tree.job.getDependenciesCount();
  await tree.job.getDependencies({ unprocessed: { count: 2 }, processed: { count: 2 } });
  const taker = await worker('children', { lockDuration: 600000 });
  for (let turn = 0; turn < 8; turn++) {
    const job = await next(taker, `f${turn}`);
    if (!job) break;
    job.opts.attempts = 1;
    if ([2, 5, 6, 7].includes(job.data.number)) await quietly(() => job.moveToFailed(new Error('no'), `f${turn}`, false));
    else await quietly(() => job.moveToCompleted(job.data.number, `f${turn}`, false));
  }
  await tree.job.getDependenciesCount({ processed: true, unprocessed: true, failed: true, ignored: true });
  await quietly(() => tree.job.getFailedChildrenValues());
  const above = await worker('parents', { lockDuration: 600000 });
  for (let turn = 0; turn < 4; turn++) {
    const job = await next(above, `m${turn}`);
    if (!job) break;
    await job.getChildrenValues();
    await quietly(() => job.moveToCompleted('all', `m${turn}`, true));
  }
  // a parent that waits for children that it adds itself
  await queue.add('waiting', {}, { jobId: 'waiting' });
  const waiting = await next(above, 'w');
  if (waiting) {
    await below.add('own', {}, { jobId: 'own', parent: { id: waiting.id, queue: queue.qualifiedName } });
    await below.add('other', {}, { jobId: 'other', parent: { id: waiting.id, queue: queue.qualifiedName } });
    await quietly(() => waiting.moveToWaitingChildren('w'));
    const own = await below.getJob('own');
    await quietly(() => own.removeChildDependency());
    if (waiting.removeUnprocessedChildren) await quietly(() => waiting.removeUnprocessedChildren());
  }
  // one child each: a set has no order, and who is removed first decides what comes next
  await flows.add({ name: 'doomed', queueName: 'parents', data: {}, opts: { jobId: 'doomed' }, children: [{ ...child(8), children: [child(9)] }] });
  await quietly(async () => (await queue.getJob('doomed')).removeUnprocessedChildren());
  await flows.add({ name: 'removed', queueName: 'parents', data: {}, opts: { jobId: 'removed' }, children: [{ ...child(10), children: [child(11)] }] });
  await quietly(() => queue.remove('removed'));
  for (const kind of ['processed', 'pending']) await quietly(() => queue.getDependencies('mother', kind, 0, 5));
  await quietly(() => queue.getDependencies('mother', 'processed', 0, 1));
  await flows.getFlow({ id: 'mother', queueName: 'parents' });
  await taker.close(true);
  await above.close(true);
  await flows.close();
  await below.close();
  await queue.close();
}

async function scheduling() {
  const queue = new Queue('scheduled', { connection });
  await queue.upsertJobScheduler('every', { every: 60000, limit: 5 }, { name: 'tick', data: { a: 1 }, opts: { attempts: 2, priority: 4 } });
  await queue.upsertJobScheduler('cron', { pattern: '0 15 3 * * *', tz: 'Europe/Berlin' }, { name: 'night' });
  await queue.upsertJobScheduler('every', { every: 120000 }, { name: 'tick', data: { a: 2 } });
  await queue.getJobScheduler('every');
  await queue.getJobSchedulers(0, 10, true);
  await queue.getJobSchedulersCount();
  await queue.promoteJobs();
  const taker = await worker('scheduled', { lockDuration: 600000 });
  for (const token of ['s1', 's2']) {
    const job = await next(taker, token);
    if (job) await quietly(() => job.moveToCompleted('ticked', token, false));
  }
  if (major === 5) {
    await queue.add('repeated', { b: 1 }, { repeat: { every: 50000 } });
    await queue.add('nightly', { b: 2 }, { repeat: { pattern: '0 0 4 * * *' }, jobId: 'nightly' });
    await quietly(() => queue.getRepeatableJobs());
    await queue.promoteJobs();
    for (const token of ['r1', 'r2']) {
      const job = await next(taker, token);
      if (job) await quietly(() => job.moveToCompleted('repeated', token, false));
    }
    await raw(queue, 'updateRepeatableJobMillis', queue.toKey('repeat'), Date.now() + 99000, 'nobody', 'legacy');
    const [repeated] = await queue.getRepeatableJobs();
    if (repeated) await raw(queue, 'updateRepeatableJobMillis', queue.toKey('repeat'), Date.now() + 99000, repeated.key, 'legacy');
    await quietly(() => queue.removeRepeatable('repeated', { every: 50000 }));
    for (const each of await queue.getRepeatableJobs()) await quietly(() => queue.removeRepeatableByKey(each.key));
  }
  await queue.removeJobScheduler('cron');
  await queue.removeJobScheduler('nobody');
  await taker.close(true);
  await queue.close();
}

async function relaying() {
  const { RedisRelayBackend } = require(path.join(home, 'dist/cjs/classes/redis-relay-backend.js'));
  const relay = new RedisRelayBackend({ connection, namespace: 'space', nodeId: 'n1' });
  await relay.waitUntilReady();
  const call = (name, ...args) => quietly(() => relay.exec(name, args));
  await relay.registerNode('n1', 3600000, { host: 'a' });
  await relay.registerNode('n2', 3600000, { host: 'b' });
  await call('relayRegisterNode', 'bad id!', 1000, '{}', '1', 100);
  await relay.heartbeat('n1', 3600000);
  await relay.heartbeat('nobody', 1000);
  for (const [node, end, pattern] of [['n1', 'e1', 'news.*'], ['n1', 'e2', 'news.>'], ['n2', 'e1', 'news.sport'], ['n2', 'e2', '>']]) {
    await relay.subscribe(node, end, pattern);
  }
  await quietly(() => relay.subscribe('n1', 'e1', 'bad..pattern'));
  const publish = (topic, data, retainMs = 0) => quietly(() => relay.publish(topic, data, { ts: 1700000000000, retainMs, maxSize: 10000 }));
  await publish('news.sport', 'one');
  await publish('news.art', 'two', 3600000);
  await publish('news.sport.today', 'three', 7200000);
  await publish('other', 'x'.repeat(20000));
  await relay.subscribe('n1', 'e3', 'news.art');
  await call('relayReadInbox', 'n1', '0-0', 10);
  await call('relayReadInbox', 'n2', '0-0', 1);
  await call('relayAckInbox', 'n1', '9999999999999-0');
  await call('relayTrimInbox', 'n1', '9999999999999-0', 100);
  await call('relayTrimInbox', 'n2', '0-0', 1);
  for (const view of ['counts', 'used', 'nodes', 'subscriptions', 'patterns', 'retained']) await relay.get(view, 0, 10);
  await relay.get('subscriptions', 0, -1, 'node', 'n1');
  await relay.get('subscriptions', 0, -1, 'pattern', 'news.sport');
  const client = await relay.connection.client;
  const registry = (name, ...args) => quietly(() => client.runCommand(`${name}:${version}`, [relay.registryKey, ...args]));
  await registry('relayTouchNamespace', 'space', 3600000);
  await registry('relayTouchNamespace', 'other', 7200000);
  await quietly(() => relay.getNamespaces());
  await relay.deleteRetained('news.art');
  await relay.deleteRetained('nothing');
  await relay.removeEndpoint('n1', 'e1');
  await relay.registerNode('n3', 1, {});
  await new Promise((done) => setTimeout(done, 20));
  await relay.sweep(10);
  await relay.unregisterNode('n1');
  await relay.unregisterNode('nobody');
  await relay.close();
}

async function clearing(queue) {
  await queue.add('orphan', {}, { jobId: 'orphan' });
  await (await scripts(queue).queue.client).lrem(queue.toKey('wait'), 0, 'orphan');
  if (queue.removeOrphanedJobs) await queue.removeOrphanedJobs();
  await quietly(() => queue.remove('3'));
  await quietly(() => queue.remove('nobody'));
  for (const type of ['completed', 'failed', 'delayed', 'wait', 'prioritized', 'active']) await quietly(() => queue.clean(0, 2, type));
  await queue.clean(0, 0, 'wait');
  await queue.add('drained', {}, { delay: 1000 });
  await queue.add('drained', {});
  await queue.drain();
  await queue.drain(true);
  await queue.trimEvents(5);
  await quietly(() => queue.obliterate());
  await queue.obliterate({ force: true });
}

async function main() {
  const queue = new Queue('main', { connection });
  await queue.waitUntilReady();
  await adding(queue);
  await looking(queue);
  await changing(queue);
  await working(queue);
  await looking(queue);
  await pausing(queue);
  await stalling();
  await limiting();
  await flowing();
  await scheduling();
  if (major >= 6) await relaying();
  await clearing(queue);
  await queue.close();
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
