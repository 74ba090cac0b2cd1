import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { parse } from 'yaml';

const text = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const files = (path) => readdirSync(new URL(path, import.meta.url));

/** What the scenarios may call. */
const functions = Object.keys(await import('../processor/index.mjs'));

/** Everything that the processor counts or times. */
const told = new Set(
  files('../processor').flatMap((file) => text(`../processor/${file}`).match(/roomcast\.\w+/g) ?? []),
);

for (const file of files('../scenarios')) {
  const { config, scenarios } = parse(text(`../scenarios/${file}`));
  const steps = (flow) => flow.flatMap((step) => (step.loop ? [step, ...steps(step.loop)] : [step]));
  const flow = scenarios.flatMap((scenario) => steps(scenario.flow));

  it(`${file} calls functions that there are`, () => {
    const called = flow.flatMap((step) => step.function ?? step.connect?.function ?? []);
    assert.ok(called.length > 0);
    assert.deepEqual(
      called.filter((name) => !functions.includes(name)),
      [],
    );
  });

  it(`${file} expects something in each environment, of what is counted or timed`, () => {
    assert.deepEqual(Object.keys(config.environments), ['local', 'aws']);
    for (const { ensure } of Object.values(config.environments)) {
      assert.ok(ensure.maxErrorRate <= 0.1);
      const { conditions = [], thresholds = [] } = ensure;
      const expected = [
        ...conditions.map(({ expression }) => expression),
        ...thresholds.flatMap(Object.keys),
      ];
      const named = expected.flatMap((each) => each.match(/roomcast\.\w+/g));
      assert.deepEqual(
        named.filter((name) => !told.has(name)),
        [],
      );
    }
  });

  it(`${file} fails if anything is lost, where anybody listens`, () => {
    const listens = flow.some((step) => ['account', 'accountForBroadcasts'].includes(step.function));
    for (const { ensure } of Object.values(config.environments)) {
      const fails = (ensure.conditions ?? []).some(({ expression }) =>
        expression.includes('roomcast.lost == 0'),
      );
      assert.equal(fails, listens);
    }
  });
}
