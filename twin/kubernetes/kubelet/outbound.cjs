"use strict";
/**
 * Runs in a container's program: what it asks over HTTPS comes from the address of the cluster's NAT
 * gateway, as what leaves a network in Azure does. Sessions of the database go to a private address.
 */
const net = require("node:net");

const localAddress = process.env.TWIN_OUTBOUND_ADDRESS;
const HTTPS = 443;

if (localAddress !== undefined) {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    // Node itself passes a list that it has normalized, or the options of TLS.
    const [options] = Array.isArray(args[0]) ? args[0] : args;
    if (Number(options?.port) === HTTPS) {
      options.localAddress ??= localAddress;
    }
    return connect.apply(this, args);
  };
}
