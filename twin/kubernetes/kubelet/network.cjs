"use strict";
/**
 * Runs in a container's program of Node, which has no network of its own here. What it asks over HTTPS
 * comes from the address of the cluster's NAT gateway, as what leaves a network in Azure does; sessions
 * of the database go to a private address. And who listens on all addresses means those of the pod.
 */
const net = require("node:net");

const { TWIN_OUTBOUND_ADDRESS: outbound, TWIN_POD_ADDRESS: own } = process.env;
const HTTPS = 443;
const ALL = [undefined, null, "", "0.0.0.0", "::"];

if (outbound !== undefined) {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    // Node itself passes a list that it has normalized, or the options of TLS.
    const [options] = Array.isArray(args[0]) ? args[0] : args;
    if (Number(options?.port) === HTTPS) {
      options.localAddress ??= outbound;
    }
    return connect.apply(this, args);
  };
}

if (own !== undefined) {
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (...args) {
    const [first, host] = args;
    if (typeof first === "object" && first !== null && "port" in first) {
      return listen.call(this, inPod(first), ...args.slice(1));
    }
    if (!isPort(first)) {
      return listen.apply(this, args);
    }
    // The host may be left out, with the backlog or the callback in its place.
    const rest = args.slice(typeof host === "string" || host === undefined ? 2 : 1);
    return listen.call(
      this,
      first,
      inPod({ host: typeof host === "string" ? host : "" }).host,
      ...rest,
    );
  };
}

function inPod(options) {
  return ALL.includes(options.host) ? { ...options, host: own } : options;
}

/** Anything else that comes first is a pipe, a handle or a callback. */
function isPort(value) {
  return typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));
}
