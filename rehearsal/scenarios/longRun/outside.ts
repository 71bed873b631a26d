import { asSuperuser, tryLogin } from "../../clients/checks";
import { APPLICATION, NAMES } from "../../rig/stackFile";
import { type Rig } from "../../rig/rig";
import { type Outside, type SlotCredential, slotOfSecret } from "./credentialWatch";
import { roleDifferences } from "./roleDifferences";

/** PostgreSQL checks how many there are after it has accepted the password. */
const TOO_MANY = "53300";
const REFUSED = new Set(["28P01", "28000"]);

/** The outside of a rig: its vault, its database and its gateway, without the engine. */
export async function outsideOf(rig: Rig): Promise<Outside> {
  const server = await rig.superuser();
  return {
    serving: () => rig.serving.at(Date.now()),
    async credentials() {
      const all = await rig.twin.call("credentials");
      return all.flatMap(({ secretName, version, value }) => {
        const slot = slotOfSecret(APPLICATION, secretName);
        return slot === undefined ? [] : [{ slot, version, value }];
      });
    },
    async works({ slot, value }: SlotCredential) {
      const login = { user: NAMES.slot(slot).role, password: value, database: APPLICATION };
      const { refused, sqlstate } = await tryLogin(server, login);
      // A connection that broke has no SQLSTATE and says nothing of the password.
      return !refused || sqlstate === TOO_MANY || (REFUSED.has(sqlstate) ? false : undefined);
    },
    async differences() {
      const statement = roleDifferences(NAMES.slot("blue").role, NAMES.slot("green").role);
      const { rows } = await asSuperuser(server, APPLICATION, statement);
      return (rows as { role: string; what: string }[]).map(
        ({ role, what }) => `only ${role} has ${what}`,
      );
    },
  };
}
