/** Amounts as k8s.io/apimachinery `resource.Quantity` reads and writes them. */
const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?)$/;
const EXPONENT = /^[+-]?(\d+(\.\d*)?|\.\d+)[eE][+-]?\d+$/;

const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Amounts are counted in billionths of one. */
const BILLIONTHS = 1_000_000_000n;

export function isQuantity(value: unknown): boolean {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && (QUANTITY.test(text) || EXPONENT.test(text));
}

/** The one way of writing an amount that the server would: `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function canonicalQuantity(value: string | number): string {
  const [, sign = "", digits = "", suffix = ""] = QUANTITY.exec(String(value)) ?? [];
  if (digits === "") {
    return String(value);
  }
  const [whole = "", fraction = ""] = digits.split(".");
  const scale = 10n ** BigInt(fraction.length);
  const amount = (BigInt(whole + fraction) * factor(suffix)) / scale;
  return (amount === 0n ? "" : sign.replace("+", "")) + written(amount, suffix.endsWith("i"));
}

function factor(suffix: string): bigint {
  return BINARY.includes(suffix) && suffix !== ""
    ? BILLIONTHS * 1024n ** BigInt(BINARY.indexOf(suffix))
    : 1000n ** BigInt(DECIMAL.indexOf(suffix));
}

/** With the largest suffix that leaves a whole number. */
function written(amount: bigint, isBinary: boolean): string {
  if (amount === 0n) {
    return "0";
  }
  const suffixes = isBinary ? BINARY : DECIMAL;
  const fitting = suffixes.findLast((suffix) => amount % factor(suffix) === 0n);
  return fitting === undefined ? written(amount, false) : `${amount / factor(fitting)}${fitting}`;
}
