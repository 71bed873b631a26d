import assert from "node:assert";
import * as fc from "fast-check";
import {
  dnsServiceAddress,
  ends,
  publicRangeProblem,
  rangeProblems,
  type Ranges,
} from "../../../components/platform/ranges";

const GOOD: Ranges = {
  network: "10.60.0.0/16",
  nodes: "10.60.0.0/22",
  gateway: "10.60.8.0/24",
  endpoints: "10.60.9.0/27",
  pods: "10.244.0.0/16",
  services: "10.61.0.0/16",
};

function problems(changes: Partial<Ranges>): string {
  return rangeProblems({ ...GOOD, ...changes }).join("\n");
}

describe("rangeProblems", () => {
  it("has nothing against ranges that fit", () => {
    assert.deepStrictEqual(rangeProblems(GOOD), []);
    const smallest = {
      network: "10.0.0.0/22",
      nodes: "10.0.0.0/23",
      gateway: "10.0.2.0/24",
      endpoints: "10.0.3.0/28",
      pods: "10.244.0.0/18",
      services: "10.61.0.0/24",
    };
    assert.deepStrictEqual(rangeProblems(smallest), []);
  });

  for (const [name, tooSmall, least] of [
    ["nodes", "10.60.0.0/24", 23],
    ["gateway", "10.60.8.0/25", 24],
    ["endpoints", "10.60.9.0/29", 28],
    ["pods", "10.244.0.0/19", 18],
    ["services", "10.61.0.0/25", 24],
    ["network", "10.60.0.0/23", 22],
  ] as const) {
    it(`refuses a ${name} range smaller than a /${least}, with the reason`, () => {
      const text = problems({ [name]: tooSmall });
      assert.ok(
        text.includes(`rotation:${name}Range ${tooSmall} is too small: /${least} at least, `),
        text,
      );
    });
  }

  it("refuses ranges that overlap, whichever is the larger", () => {
    for (const changes of [
      { endpoints: "10.60.8.0/28" },
      { gateway: "10.60.0.0/24" },
      { pods: "10.60.0.0/16" },
      { services: "10.60.128.0/20" },
      { services: "10.244.0.0/20" },
      { pods: "10.0.0.0/10" },
    ]) {
      assert.match(problems(changes), /rotation:\w+Range \S+ and rotation:\w+Range \S+ overlap/);
    }
  });

  it("refuses a subnet outside of the network", () => {
    assert.match(
      problems({ gateway: "10.70.8.0/24" }),
      /rotation:gatewayRange 10.70.8.0\/24 is not within rotation:networkRange 10.60.0.0\/16/,
    );
  });

  it("refuses what is no range, and still judges the others", () => {
    for (const text of [
      "10.60.0.0",
      "10.60.0.1/22",
      "10.60.0.0/33",
      "300.0.0.0/8",
      "",
      "fd00::/8",
    ]) {
      assert.match(problems({ nodes: text }), /nodesRange must be a range .*10.60.0.0\/22/);
    }
    const both = rangeProblems({ ...GOOD, nodes: "none", gateway: "10.60.8.0/26" });
    assert.deepStrictEqual(
      both.map((problem) => problem.split(" ")[0]),
      ["rotation:nodesRange", "rotation:gatewayRange"],
    );
  });

  it("refuses what Azure and AKS keep for themselves", () => {
    assert.match(
      problems({ pods: "172.30.0.0/16" }),
      /overlaps 172.30.0.0\/16, which AKS reserves/,
    );
    assert.match(
      problems({ services: "127.0.0.0/16" }),
      /overlaps 127.0.0.0\/8, which Azure reserves/,
    );
    assert.match(problems({ pods: "168.63.0.0/16" }), /overlaps 168.63.129.16\/32, which Azure/);
  });

  it("refuses a range of services that is too large for AKS", () => {
    assert.match(problems({ services: "10.128.0.0/12" }), /too large: \/13 at most/);
    assert.doesNotMatch(problems({ services: "10.128.0.0/13" }), /too large/);
  });

  it("refuses a range of the gateway to which the overlay of pods would not be extended", () => {
    assert.match(
      problems({ gateway: "10.60.8.0/23", endpoints: "10.60.10.0/27" }),
      /rotation:gatewayRange 10.60.8.0\/23 is too large: \/24 at most, because .*overlay/,
    );
  });
});

describe("publicRangeProblem", () => {
  it("takes addresses of the internet and nothing inside of a network", () => {
    for (const range of ["203.0.113.7/32", "20.50.0.0/16", "8.8.8.0/24"]) {
      assert.strictEqual(publicRangeProblem(range), undefined, range);
    }
    const refused = ["10.0.0.0/24", "192.168.1.1/32", "100.64.0.0/16", "127.0.0.1/32", "0.0.0.0/0"];
    for (const range of [...refused, "20.0.0.0/8", "8.8.8.8", "8.8.8.1/24", "anywhere"]) {
      assert.match(publicRangeProblem(range) ?? "", /public ranges such as 203.0.113.7\/32/, range);
    }
  });
});

describe("ends", () => {
  it("are the first and the last address", () => {
    assert.deepStrictEqual(ends("203.0.113.7/32"), { first: "203.0.113.7", last: "203.0.113.7" });
    assert.deepStrictEqual(ends("20.50.0.0/16"), { first: "20.50.0.0", last: "20.50.255.255" });
  });

  it("span exactly as many addresses as the range has", () => {
    const number = (address: string) =>
      address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
    fc.assert(
      fc.property(fc.nat({ max: 0xffff }), fc.integer({ min: 16, max: 32 }), (low, prefix) => {
        const { first, last } = ends(`20.50.${low >> 8}.${low & 255}/${prefix}`);
        assert.strictEqual(number(last) - number(first) + 1, 2 ** (32 - prefix));
      }),
    );
  });
});

describe("dnsServiceAddress", () => {
  it("is the tenth of the range of services", () => {
    assert.strictEqual(dnsServiceAddress("10.61.0.0/16"), "10.61.0.10");
    assert.strictEqual(dnsServiceAddress("10.61.7.0/24"), "10.61.7.10");
  });
});
