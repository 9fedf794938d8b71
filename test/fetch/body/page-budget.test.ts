import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageBudget } from '../../../src/fetch/body/page-budget.ts';

const never = () => assert.fail('it was granted at once');

test('grants shares at once while they fit, even a small one while another waits', () => {
  const budget = new PageBudget(100);
  const [first, second, third] = [budget.open(), budget.open(), budget.open()];
  assert.equal(first.raise(60, never), true);
  let granted = 0;
  const onGranted = () => granted++;
  assert.equal(second.raise(50, onGranted), false);
  assert.equal(third.raise(40, never), true);
  assert.deepEqual([budget.usedBytes, budget.waiting, granted], [100, 1, 0]);
  first.close();
  assert.deepEqual([budget.usedBytes, budget.waiting, granted, second.bytes], [90, 0, 1, 50]);
});

test('the oldest share gets what it asks for, so pages that together exceed the limit end one after another', async () => {
  const budget = new PageBudget(100);
  let inProgress = 0;
  let most = 0;
  const page = async () => {
    const share = budget.open();
    await share.raised(30);
    inProgress++;
    // Four of them fit at first, and none could end if each waited for the others.
    await share.raised(150);
    most = Math.max(most, budget.usedBytes);
    share.close();
    inProgress--;
  };
  await Promise.all(Array.from({ length: 20 }, page));
  assert.deepEqual([inProgress, budget.usedBytes, budget.waiting], [0, 0, 0]);
  assert.ok(most <= 250, `${most} bytes at a time`);
});

test('newer shares that fit cannot keep an older one waiting forever', () => {
  const budget = new PageBudget(100);
  const first = budget.open();
  first.raise(80, never);
  let granted = false;
  const large = budget.open();
  large.raise(100, () => {
    granted = true;
  });
  // Newer shares come and go, and there is always one.
  let small = budget.open();
  small.raise(20, never);
  for (let count = 0; count < 10; count++) {
    const next = budget.open();
    next.raise(20, () => undefined);
    small.close();
    small = next;
  }
  assert.equal(granted, false);
  first.close();
  assert.equal(granted, true);
});

test('closing a waiting share lets its page continue, and a closed share does not wait', async () => {
  const budget = new PageBudget(10);
  budget.open().raise(10, never);
  const share = budget.open();
  const raised = share.raised(10);
  share.close();
  share.close();
  await raised;
  assert.equal(share.raise(1_000, never), true);
  assert.equal(budget.usedBytes, 10);
});
