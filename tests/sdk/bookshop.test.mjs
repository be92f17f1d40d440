// A book shop with search. It writes to the source as an application does; what it wrote is read on the target, which MilvusCdc keeps equal.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConsistencyLevelEnum, DataType } from '@zilliz/milvus2-sdk-node';
import { connect, done, eventually, numbers } from './sides.mjs';

const db_name = 'shop';
const dim = 8;
const next = numbers(7);
const vector = () => Array.from({ length: dim }, () => next());
const book = (id) => ({ id, title: `book ${id}`, price: id / 4, tags: [id, id + 1], meta: { lang: id % 2 ? 'fr' : 'en' }, v: vector(), shelf: `s${id % 3}` });
const books = Array.from({ length: 60 }, (_, i) => book(i + 1));

let source;
let target;

before(async () => {
  source = await connect('SOURCE');
  target = await connect('TARGET');
});

after(async () => {
  await source?.closeConnection();
  await target?.closeConnection();
});

/** Rows of a query on a side, strongly consistent. */
const rows = async (side, request) =>
  done(await side.query({ db_name, consistency_level: ConsistencyLevelEnum.Strong, ...request })).data;

const count = async (side, collection_name) => Number(done(await side.count({ db_name, collection_name })).data);

/** Waits until a query answers the same on both sides; returns the rows. */
const same = async (what, request) => {
  const expected = await rows(source, request);
  await eventually(what, async () => {
    assert.deepEqual(await rows(target, request), expected);
    return true;
  });
  return expected;
};

test('both sides are healthy Milvus servers', async () => {
  for (const side of [source, target]) {
    assert.match(done(await side.getVersion()).version, /^v2\.3/);
    assert.equal((await side.checkHealth()).isHealthy, true);
    assert.ok(done(await side.listDatabases()).db_names.includes('default'));
  }
});

test('the shop is opened: database, collection, index, load', async () => {
  done(await source.createDatabase({ db_name }));
  done(await source.createCollection({
    db_name,
    collection_name: 'books',
    description: 'all that we sell',
    shards_num: 2,
    enable_dynamic_field: true,
    fields: [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      { name: 'title', data_type: DataType.VarChar, max_length: 100 },
      { name: 'price', data_type: DataType.Float },
      { name: 'tags', data_type: DataType.Array, element_type: DataType.Int64, max_capacity: 10 },
      { name: 'meta', data_type: DataType.JSON },
      { name: 'v', data_type: DataType.FloatVector, dim },
    ],
  }));
  assert.equal((await source.hasCollection({ db_name, collection_name: 'books' })).value, true);
  done(await source.createIndex({ db_name, collection_name: 'books', field_name: 'v', index_type: 'HNSW', metric_type: 'L2', params: { M: 8, efConstruction: 32 } }));
  done(await source.createIndex({ db_name, collection_name: 'books', field_name: 'title', index_name: 'by_title' }));
  done(await source.loadCollectionSync({ db_name, collection_name: 'books' }));
  await eventually('the collection is on the target', async () => (await target.hasCollection({ db_name, collection_name: 'books' })).value);
  await eventually('it is loaded there', async () => (await target.getLoadState({ db_name, collection_name: 'books' })).state === 'LoadStateLoaded');
  const [here, there] = await Promise.all([source, target].map(async (side) => done(await side.describeCollection({ db_name, collection_name: 'books' }))));
  assert.deepEqual(there.schema.fields.map((field) => [field.name, field.data_type]), here.schema.fields.map((field) => [field.name, field.data_type]));
  assert.equal(there.shards_num, here.shards_num);
  const indexes = done(await target.describeIndex({ db_name, collection_name: 'books' })).index_descriptions;
  assert.deepEqual(indexes.map((index) => index.index_name).sort(), ['by_title', 'v']);
});

test('books come in, and can be searched on the target', async (t) => {
  const answer = done(await source.insert({ db_name, collection_name: 'books', data: books.slice(0, 50) }));
  assert.equal(Number(answer.insert_cnt), 50);
  const took = await eventually('the last book is found on the target', async () => {
    const found = done(await target.search({
      db_name, collection_name: 'books', data: [books[49].v], limit: 1, output_fields: ['title'], consistency_level: ConsistencyLevelEnum.Eventually,
    }));
    return found.results[0]?.title === 'book 50';
  });
  t.diagnostic(`searched on the target ${took.toFixed(0)} ms after the insert on the source`);
  assert.equal(await count(target, 'books'), 50);
});

test('queries answer the same on both sides', async () => {
  const all = { collection_name: 'books', output_fields: ['*'], filter: 'id > 0', limit: 100 };
  assert.equal((await same('all rows', all)).length, 50);
  const questions = [
    'price > 5 and meta["lang"] == "fr"', 'title like "book 1%"', 'id in [1, 2, 3] or price == 10', 'shelf == "s1"', 'not (id < 40)', 'id % 7 == 3', 'array_contains(tags, 12)',
  ];
  for (const filter of questions) {
    const found = await same(filter, { collection_name: 'books', filter, output_fields: ['title', 'shelf'], limit: 100 });
    assert.ok(found.length > 0, `${filter} finds something`);
  }

  assert.deepEqual((await same('one page', { collection_name: 'books', filter: 'id > 0', output_fields: ['id'], limit: 5, offset: 10 })).length, 5);
  assert.equal(done(await target.get({ db_name, collection_name: 'books', ids: [7], output_fields: ['title'] })).data[0].title, 'book 7');
});

test('searches answer the same on both sides, at every consistency level', async () => {
  const search = { db_name, collection_name: 'books', data: [books[3].v, books[30].v], limit: 4, output_fields: ['title', 'shelf'], filter: 'price < 12' };
  const expected = done(await source.search({ ...search, consistency_level: ConsistencyLevelEnum.Strong })).results;
  assert.equal(expected[0][0].title, 'book 4');
  for (const level of ['Strong', 'Session', 'Bounded', 'Eventually']) {
    const found = done(await target.search({ ...search, consistency_level: ConsistencyLevelEnum[level] })).results;
    assert.deepEqual(found, expected, level);
  }
});

test('changes arrive: upserts, deletes by key and by filter', async () => {
  done(await source.upsert({ db_name, collection_name: 'books', data: [{ ...books[4], title: 'second edition' }, books[55]] }));
  done(await source.delete({ db_name, collection_name: 'books', ids: [1, 2] }));
  done(await source.deleteEntities({ db_name, collection_name: 'books', expr: 'id in [3]' }));
  done(await source.delete({ db_name, collection_name: 'books', filter: 'price > 12' }));
  const left = await same('the changes', { collection_name: 'books', filter: 'id > 0', output_fields: ['*'], limit: 100 });
  assert.equal(left.find((row) => row.id === '5').title, 'second edition');
  assert.ok(!left.some((row) => ['1', '2', '3', '50'].includes(row.id)));
  assert.equal(await count(target, 'books'), await count(source, 'books'));
});

test('a partition is made, filled, and dropped', async () => {
  const place = { db_name, collection_name: 'books', partition_name: 'antiquarian' };
  done(await source.createPartition(place));
  done(await source.insert({ ...place, data: [book(1001), book(1002)] }));
  await eventually('the partition is there', async () => (await target.hasPartition(place)).value);
  const old = await same('its rows', { collection_name: 'books', partition_names: ['antiquarian'], filter: 'id > 0', output_fields: ['title'], limit: 10 });
  assert.equal(old.length, 2);
  assert.deepEqual(done(await target.showPartitions({ db_name, collection_name: 'books' })).partition_names.sort(), ['_default', 'antiquarian']);
  done(await source.flushSync({ db_name, collection_names: ['books'] }));
  done(await source.releaseCollection({ db_name, collection_name: 'books' }));
  await eventually('it is released', async () => (await target.getLoadState({ db_name, collection_name: 'books' })).state === 'LoadStateNotLoad');
  done(await source.dropPartition(place));
  await eventually('the partition is gone', async () => !(await target.hasPartition(place)).value);
  done(await source.dropIndex({ db_name, collection_name: 'books', field_name: 'title', index_name: 'by_title' }));
  done(await source.loadCollectionSync({ db_name, collection_name: 'books' }));
  await eventually('it is loaded again', async () => (await target.getLoadState({ db_name, collection_name: 'books' })).state === 'LoadStateLoaded');
  await same('what is left', { collection_name: 'books', filter: 'id > 0', output_fields: ['id'], limit: 100 });
});

test('statistics, progress and lists are there on both sides', async () => {
  for (const side of [source, target]) {
    assert.ok(Number(done(await side.getCollectionStatistics({ db_name, collection_name: 'books' })).data.row_count) > 0);
    assert.equal(Number(done(await side.getLoadingProgress({ db_name, collection_name: 'books' })).progress), 100);
    assert.deepEqual(done(await side.showCollections({ db_name })).data.map((one) => one.name), ['books']);
    assert.equal(done(await side.getIndexState({ db_name, collection_name: 'books', field_name: 'v' })).state, 'Finished');
  }
});

test('an alias moves, and a collection gets another name', async () => {
  done(await source.createAlias({ db_name, collection_name: 'books', alias: 'window' }));
  const through = { collection_name: 'window', filter: 'id == 5', output_fields: ['title'] };
  assert.equal((await eventually('the alias is there', async () => (await rows(target, through))[0]?.title === 'second edition')) >= 0, true);
  assert.equal(done(await target.describeAlias({ db_name, collection_name: 'books', alias: 'window' })).collection, 'books');
  assert.deepEqual(done(await target.listAliases({ db_name, collection_name: 'books' })).aliases, ['window']);
  done(await source.dropAlias({ db_name, alias: 'window' }));
  await eventually('the alias is gone', async () => (await target.hasCollection({ db_name, collection_name: 'window' })).value === false);
  done(await source.renameCollection({ db_name, collection_name: 'books', new_collection_name: 'stock' }));
  await eventually('the new name is there', async () => (await target.hasCollection({ db_name, collection_name: 'stock' })).value);
  await same('its rows', { collection_name: 'stock', filter: 'id > 0', output_fields: ['title'], limit: 100 });
});

test('customers: generated keys, a partition key, text keys and binary vectors', async () => {
  done(await source.createCollection({
    collection_name: 'customers', num_partitions: 4,
    fields: [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true, autoID: true },
      { name: 'city', data_type: DataType.VarChar, max_length: 50, is_partition_key: true },
      { name: 'taste', data_type: DataType.FloatVector, dim: 2 },
    ],
  }));
  done(await source.createCollection({
    collection_name: 'covers',
    fields: [
      { name: 'isbn', data_type: DataType.VarChar, max_length: 20, is_primary_key: true },
      { name: 'sold', data_type: DataType.Bool },
      { name: 'weight', data_type: DataType.Double },
      { name: 'pages', data_type: DataType.Int16 },
      { name: 'print', data_type: DataType.BinaryVector, dim: 16 },
    ],
  }));
  const people = Array.from({ length: 20 }, (_, i) => ({ city: `city ${i % 5}`, taste: [i / 10, 1] }));
  const keys = done(await source.insert({ collection_name: 'customers', data: people })).IDs.int_id.data;
  assert.equal(new Set(keys).size, 20);
  done(await source.insert({ collection_name: 'covers', data: Array.from({ length: 6 }, (_, i) => ({ isbn: `isbn-${i}`, sold: i % 2 === 0, weight: i / 8, pages: 100 + i, print: [i, 255 - i] })) }));
  for (const [collection_name, field_name, index_type, metric_type] of [['customers', 'taste', 'FLAT', 'IP'], ['covers', 'print', 'BIN_FLAT', 'HAMMING']]) {
    done(await source.createIndex({ collection_name, field_name, index_type, metric_type }));
    done(await source.loadCollectionSync({ collection_name }));
    await eventually(`${collection_name} is loaded`, async () => (await target.getLoadState({ collection_name })).state === 'LoadStateLoaded');
  }

  const customers = await same('customers', { db_name: 'default', collection_name: 'customers', filter: 'city == "city 3"', output_fields: ['*'], limit: 50 });
  assert.equal(customers.length, 4);
  const covers = await same('covers', { db_name: 'default', collection_name: 'covers', filter: 'sold == true and pages >= 102', output_fields: ['*'], limit: 50 });
  assert.deepEqual(covers.map((row) => row.isbn), ['isbn-2', 'isbn-4']);
  const near = done(await target.search({ collection_name: 'covers', data: [[3, 252]], limit: 2, output_fields: ['isbn'], consistency_level: ConsistencyLevelEnum.Strong })).results;
  assert.equal(near[0].isbn, 'isbn-3');
  assert.equal(near[0].score, 0);
});

test('what a client does wrong is refused in Milvus\'s words, on both sides', async () => {
  for (const side of [source, target]) {
    assert.equal((await side.query({ db_name, collection_name: 'nosuch', filter: 'id > 0', output_fields: ['id'] })).status.code, 100);
    assert.notEqual((await side.query({ db_name, collection_name: 'stock', filter: 'id >', output_fields: ['id'] })).status.code, 0);
  }

  const refused = await target.insert({ db_name, collection_name: 'stock', data: [book(5000)] });
  assert.equal(refused.status.code, 1303);
});

test('the shop closes: collections and the database are dropped', async () => {
  for (const [name, collection_name] of [[db_name, 'stock'], ['default', 'customers'], ['default', 'covers']]) {
    done(await source.dropCollection({ db_name: name, collection_name }));
    await eventually(`${collection_name} is gone`, async () => !(await target.hasCollection({ db_name: name, collection_name })).value);
  }

  done(await source.dropDatabase({ db_name }));
  await eventually('the database is gone', async () => !done(await target.listDatabases()).db_names.includes(db_name));
});
