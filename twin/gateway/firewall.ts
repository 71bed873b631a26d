import { BlockList } from "node:net";
import type { FirewallCondition, FirewallRule } from "../world/contracts";

/** What a firewall knows of a request. */
export interface Arrival {
  readonly host: string;
  /** Address that the connection comes from, IPv4. */
  readonly from: string;
}

type Judge = (arrival: Arrival) => boolean;

/**
 * The custom rules of a firewall policy, each of which blocks what meets all of its conditions
 * ("Custom rules for Web Application Firewall v2 on Azure Application Gateway").
 *
 * @returns the name of the rule that blocks a request; undefined when it may pass
 */
export function firewall(rules: readonly FirewallRule[]): (arrival: Arrival) => string | undefined {
  const judges = rules.map(({ name, conditions }) => ({ name, meets: conditions.map(judgeOf) }));
  return (arrival) => judges.find(({ meets }) => meets.every((each) => each(arrival)))?.name;
}

function judgeOf({ variable, values, isNegated }: FirewallCondition): Judge {
  const judge = variable === "host" ? hostIn(values) : comesFrom(values);
  return (arrival) => judge(arrival) !== isNegated;
}

function hostIn(values: readonly string[]): Judge {
  const patterns = values.map((value) => new RegExp(value));
  return ({ host }) => patterns.some((pattern) => pattern.test(host.toLowerCase()));
}

function comesFrom(values: readonly string[]): Judge {
  const list = new BlockList();
  for (const value of values) {
    const [address = "", prefix = "32"] = value.split("/");
    list.addSubnet(address, Number(prefix), "ipv4");
  }
  return ({ from }) => list.check(from, "ipv4");
}
