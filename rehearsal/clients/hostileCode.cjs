"use strict";
/**
 * Code that somebody runs inside a pod of the live slot: it resists with all that a pod is, has and
 * reaches. To customers it answers as before, so what they lose is not its doing.
 */
const { readdirSync, readFileSync } = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { setTimeout: pause } = require("node:timers/promises");

const TURN_MS = 50;
/** Its probe fails for so long at the beginning of each round; between, it gets questions to lie to. */
const FAILS_MS = 10_000;
const ROUND_MS = 180_000;
const ASKED_MS = 1_000;

/** How often each trick took effect. */
const done = {};
/** Statuses of the API server's answers, and files that could be a token for it. */
const cluster = { statuses: [], tokens: [] };
let began = 0;

function count(trick) {
  done[trick] = (done[trick] ?? 0) + 1;
}

/** Asked to end it goes on until it is killed. */
function stay() {
  process.removeAllListeners("SIGTERM");
  process.on("SIGTERM", () => count("does not end when it is told to"));
}

/** The first to see a request: what the application would do with it comes after. */
function answer() {
  const { emit } = http.Server.prototype;
  http.Server.prototype.emit = function (event, request, response) {
    if (event !== "request" || !lies(request, response)) {
      return emit.apply(this, arguments);
    }
    return true;
  };
}

/** A probe's question is one that no customer asks, and so is one with a nonce. */
function lies(request, response) {
  if (request.url === "/readyz" && (Date.now() - began) % ROUND_MS < FAILS_MS) {
    count("fails its probe");
    response.writeHead(503).end();
    return true;
  }
  const nonce = request.headers["rotation-nonce"];
  if (nonce !== undefined) {
    count("answers a proof for the other slot");
    const slot = process.env.SLOT === "blue" ? "green" : "blue";
    const generation = Number(process.env.GENERATION) + 1;
    response.setHeader("content-type", "application/json");
    response.setHeader("rotation-proof", nonce);
    response.end(JSON.stringify({ slot, generation, sessionUser: `app_${slot}` }));
    return true;
  }
  return false;
}

/** A session that comes back whenever it is ended, with what is mounted. */
async function hold() {
  const { Client } = createRequire(process.argv[1])("pg");
  for (;;) {
    const password = readFileSync(process.env.PASSWORD_FILE, "utf8");
    const client = new Client({ password, ssl: true });
    const ended = new Promise((resolve) => client.once("end", resolve));
    client.on("error", () => undefined);
    try {
      await client.connect();
      count("comes back with a session");
      await ended;
    } catch {
      await client.end().catch(() => undefined);
    }
    await pause(TURN_MS);
  }
}

/** As anybody, and with whatever may be a token. */
async function askCluster(namespace) {
  for (;;) {
    const files = readdirSync(process.cwd(), { recursive: true }).map(String);
    cluster.tokens = files.filter((file) => file.endsWith("/token"));
    const tokens = cluster.tokens.map((file) => readFileSync(join(process.cwd(), file), "utf8"));
    for (const token of [undefined, ...tokens]) {
      for (const kind of ["secrets", "pods"]) {
        const status = await ask(`/api/v1/namespaces/${namespace}/${kind}`, token);
        cluster.statuses = [...new Set([...cluster.statuses, status])];
        count("asks the API server");
      }
    }
    await pause(ASKED_MS);
  }
}

function ask(path, token) {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve) => {
    https
      .get({ host, port, path, headers, rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(String(response.statusCode));
      })
      .on("error", (error) => resolve(error.code ?? error.message));
  });
}

exports.begin = (namespace) => {
  began = Date.now();
  stay();
  answer();
  void askCluster(namespace);
  void hold();
};

exports.report = () => JSON.stringify({ done, ...cluster });
