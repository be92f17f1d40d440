// Both sides of a running sandbox, as the official SDK sees them.
import { MilvusClient } from '@zilliz/milvus2-sdk-node';

const patience = 30_000;
const pause = 20;

const address = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is missing: host:port of a Milvus.`);
  return value;
};

/** A client of one side; the caller closes it. */
export const connect = async (name) => {
  const client = new MilvusClient({ address: address(name), timeout: 15_000 });
  await client.connectPromise;
  return client;
};

/** Throws with Milvus's own words unless the call was done. Returns the answer. */
export const done = (answer) => {
  const status = answer.status ?? answer;
  if (status.code) throw new Error(`${status.code} ${status.error_code}: ${status.reason}`);
  return answer;
};

/** Looks until the look is true, at most half a minute. Returns milliseconds. */
export const eventually = async (what, look) => {
  const began = performance.now();
  let last;
  while (performance.now() - began < patience) {
    try {
      if (await look()) return performance.now() - began;
      last = undefined;
    } catch (fault) {
      last = fault;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw new Error(`Not within ${patience / 1000} s: ${what}${last ? ` (${last.message})` : ''}`);
};

/** Same numbers on each run. */
export const numbers = (seed) => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.round((state / 2_147_483_648) * 1000) / 1000;
  };
};
