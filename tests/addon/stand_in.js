// A small stand-in for the services of Apps Script that Concerns.gs uses, and one run of it.
//
// Reads {script, call, properties, events, answers, triggers, port} from standard input, writes what happened. `answers`
// are statuses given in the place of asking the server (0: no answer came; -1: it came, and was lost); then the real
// server on loopback is asked.
'use strict';

const { createHash, createHmac } = require('node:crypto');
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const vm = require('node:vm');

const given = JSON.parse(readFileSync(0, 'utf8'));
const sent = [];
const slept = [];
const logged = [];
const answers = [...(given.answers || [])];
let triggers = [...(given.triggers || [])];

// Bytes have a sign in Apps Script.
const signed = (buffer) => Array.from(new Int8Array(buffer.buffer, buffer.byteOffset, buffer.length));

// UrlFetchApp waits for its answer and Node's client does not, so another process asks.
const ASK = `
  const given = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const request = require('node:http').request(given, (answer) => {
    answer.resume();
    answer.on('end', () => process.stdout.write(String(answer.statusCode)));
  });
  request.on('error', () => process.exit(1));
  request.end(given.payload);
`;

function ask(url, request) {
  const { host, pathname } = new URL(url);
  const headers = { ...request.headers, Host: host, 'Content-Type': request.contentType };
  headers['Content-Length'] = Buffer.byteLength(request.payload);
  const input = { host: '127.0.0.1', port: given.port, path: pathname, method: request.method.toUpperCase(), headers };
  const found = spawnSync(process.execPath, ['-e', ASK], {
    input: JSON.stringify({ ...input, payload: request.payload }),
  });
  if (found.status !== 0) {
    throw new Error('Address unavailable: ' + url);
  }
  return Number(found.stdout.toString());
}

const services = {
  console: { log: (text) => logged.push(text) },
  Date: { now: () => (given.now ? given.now * 1000 : Date.now()) },
  FormApp: { getActiveForm: () => ({ getId: () => 'the form' }) },
  PropertiesService: {
    getScriptProperties: () => ({ getProperty: (name) => given.properties[name] ?? null }),
  },
  ScriptApp: {
    getProjectTriggers: () => triggers.map((name) => ({ name, getHandlerFunction: () => name })),
    deleteTrigger: (trigger) => triggers.splice(triggers.indexOf(trigger.name), 1),
    newTrigger: (name) => ({
      forForm: (form) => ({ onFormSubmit: () => ({ create: () => triggers.push(`${name} on ${form.getId()}`) }) }),
    }),
  },
  UrlFetchApp: {
    fetch: (url, request) => {
      sent.push({ url, ...request });
      const answer = answers.length > 0 ? answers.shift() : ask(url, request);
      if (answer === -1) {
        ask(url, request);
      }
      if (answer <= 0) {
        throw new Error('Timeout: ' + url);
      }
      return { getResponseCode: () => answer };
    },
  },
  Utilities: {
    Charset: { UTF_8: 'utf8' },
    DigestAlgorithm: { SHA_256: 'sha256' },
    computeDigest: (algorithm, text, charset) => signed(createHash(algorithm).update(text, charset).digest()),
    computeHmacSha256Signature: (text, key, charset) => signed(createHmac('sha256', key).update(text, charset).digest()),
    sleep: (milliseconds) => slept.push(milliseconds),
  },
};

const event = (told) => ({
  source: { getId: () => told.form },
  response: {
    getId: () => told.id,
    getTimestamp: () => ({ getTime: () => told.time }),
    getRespondentEmail: () => told.email,
  },
});

const errors = [];
const context = vm.createContext(services);
vm.runInContext(readFileSync(given.script, 'utf8'), context, { filename: 'Concerns.gs' });
for (const told of given.events || [null]) {
  try {
    context[given.call](told && event(told));
  } catch (error) {
    errors.push(error.message);
  }
}
process.stdout.write(JSON.stringify({ sent, slept, logged, errors, triggers }));
