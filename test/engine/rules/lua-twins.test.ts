import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Redis } from 'ioredis';
import { loadLua } from '../../../src/engine/redis/frontier/scripts/load-lua.ts';
import { isDoubtful, isForgotten, missesAfter, trialOf, visitLimit } from '../../../src/engine/rules/answers.ts';
import { lookAgainMs } from '../../../src/engine/rules/interval-guard.ts';
import { CLAIM_ENDS, limitBeside } from '../../../src/engine/rules/lane-fairness.ts';
import { linkRefusal } from '../../../src/engine/rules/link-refusal.ts';
import { faster, slower } from '../../../src/engine/rules/origin-pace.ts';
import { depthOf, isExpanded, meetAgain, seenValue } from '../../../src/engine/rules/seen-value.ts';
import { DOWN_AFTER, DOWN_PAUSE_MS, MISSED_PAUSE_MS, REMEMBERED_MS } from '../../../src/model/unreachable-origin.ts';
import { seededRandom } from '../../chaos/seeded-random.ts';
import { testRedis } from '../../helpers/redis-server.ts';

/** Each rule is tried with this many inputs, in one script. */
const INPUTS = 3_000;
const SEED = Date.now() % 1_000_000;
const NOW_MS = 1_790_000_000_000;

const redis = new Redis(await testRedis());
after(() => redis.quit());

/** What a Lua function returns for each input; null stands for nil. */
async function callLua(file: string, name: string, inputs: readonly unknown[][]): Promise<unknown[]> {
  const script = `${loadLua(file)}
    local results = {}
    for i, input in ipairs(cjson.decode(ARGV[1])) do
      for at = 1, input.n do if input.args[at] == cjson.null then input.args[at] = nil end end
      local result = ${name}(unpack(input.args, 1, input.n))
      results[i] = result == nil and cjson.null or result
    end
    return cjson.encode(results)`;
  return JSON.parse((await redis.eval(script, 0, JSON.stringify(inputs.map((args) => ({ n: args.length, args }))))) as string);
}

const random = seededRandom(SEED);
const upTo = (most: number) => random.between(0, most);
const coin = () => random.next() < 0.5;
/** A time within two milliseconds of one of the boundaries in the rules. */
const around = (...bordersMs: number[]) => NOW_MS + random.pick(bordersMs) + random.between(-2, 2);

const pace = () => ({
  lanes: random.between(1, 12),
  most: random.between(1, 12),
  changedAtMs: around(0, -1_000, -5_000),
  askedUntilMs: around(0, -1_000, 3_000),
  asks: upTo(25),
});
const limits = () => ({ depth: upTo(3), maxUrls: random.pick([-1, 0, 3, 5]), maxUrlsPerHost: upTo(4) });

interface Twin {
  file: string;
  name: string;
  input: () => unknown[];
  rule: (...args: never[]) => unknown;
}

const TWINS: readonly Twin[] = [
  { file: 'pace', name: 'slower', input: () => [coin() ? pace() : null, random.between(1, 12), upTo(5_000), NOW_MS], rule: slowerOrNull },
  { file: 'pace', name: 'faster', input: () => [pace(), random.between(1, 12), NOW_MS], rule: faster },
  { file: 'answers', name: 'isForgotten', input: () => [around(0, -REMEMBERED_MS), NOW_MS], rule: isForgotten },
  { file: 'answers', name: 'missesAfter', input: () => [upTo(25), upTo(3), coin()], rule: missesAfter },
  {
    file: 'answers',
    name: 'isDoubtful',
    input: () => [
      {
        busy: upTo(2),
        hasAnswered: coin(),
        misses: random.pick([0, 1, DOWN_AFTER - 1, DOWN_AFTER]),
        missedAtMs: around(0, -MISSED_PAUSE_MS, -DOWN_PAUSE_MS),
      },
      NOW_MS,
    ],
    rule: isDoubtful,
  },
  {
    file: 'answers',
    name: 'visitLimit',
    input: () => [upTo(4), coin() ? random.between(1, 12) : null, random.between(1, 12)],
    rule: (misses: number, lanes: number | null, most: number) => visitLimit(misses, lanes ?? undefined, most),
  },
  { file: 'answers', name: 'trialOf', input: () => [upTo(25), upTo(25)], rule: trialOf },
  {
    file: 'fairness',
    name: 'limitBeside',
    input: () => {
      const claim = () => ({ limit: random.between(1, 8), untilMs: random.pick([CLAIM_ENDS.past, CLAIM_ENDS.never, around(0, 2_000)]) });
      return [random.between(1, 8), Array.from({ length: upTo(4) }, claim), NOW_MS];
    },
    rule: limitBeside,
  },
  { file: 'interval', name: 'lookAgainMs', input: () => [upTo(2_000)], rule: lookAgainMs },
  {
    file: 'link-refusal',
    name: 'linkRefusal',
    input: () => [{ depth: upTo(4), hasRow: coin(), urls: upTo(6), hostUrls: upTo(5) }, limits()],
    rule: (place: Parameters<typeof linkRefusal>[0], { maxUrls, ...bounds }: ReturnType<typeof limits>) =>
      linkRefusal(place, maxUrls < 0 ? bounds : { ...bounds, maxUrls }),
  },
  { file: 'seen-value', name: 'seenValue', input: () => [upTo(20), coin()], rule: seenValue },
  { file: 'seen-value', name: 'depthOf', input: () => [upTo(40)], rule: depthOf },
  { file: 'seen-value', name: 'isExpanded', input: () => [upTo(40)], rule: isExpanded },
  { file: 'seen-value', name: 'meetAgain', input: () => [upTo(40), upTo(20)], rule: meetAgain },
];

function slowerOrNull(before: ReturnType<typeof pace> | null, lanes: number, holdMs: number, nowMs: number) {
  return slower(before ?? undefined, lanes, holdMs, nowMs);
}

for (const { file, name, input, rule } of TWINS) {
  test(`${name} of ${file}.lua returns the same as the rule in TypeScript`, async () => {
    const inputs = Array.from({ length: INPUTS }, input);
    const results = await callLua(file, name, inputs);
    assert.equal(results.length, INPUTS);
    const kinds = new Set<unknown>();
    for (const [index, args] of inputs.entries()) {
      const expected = rule(...(args as never[])) ?? null;
      assert.deepEqual(results[index], expected, `seed ${SEED}: ${JSON.stringify(args)}`);
      kinds.add(JSON.stringify(expected));
    }
    assert.ok(kinds.size > 1, 'all inputs gave the same');
  });
}
