import { type Check } from "../asking";
import { answered } from "../arm";
import { ok, unasked, wrong } from "../finding";
import { textAt } from "../planned";
import { Refusal } from "../web";

/** The group that administers cluster and database. */
export const administrators: Check = {
  what: "group of administrators",
  role: "Directory Readers",
  async ask({ cloud, planned, web }) {
    const { inputs } = planned.one("dbforpostgresql:AdministratorsMicrosoftEntra");
    const [id, name] = [textAt(inputs, "objectId"), textAt(inputs, "principalName")];
    const what = "group of administrators";
    const look = `az ad group show --group ${id} --query displayName --output tsv`;
    const create = `az ad group create --display-name "${name}" --mail-nickname "${name}"   # if there is none`;
    const find = `az ad group list --filter "displayName eq '${name}'" --query '[].id' --output tsv`;
    const url = `${cloud.graph}/v1.0/groups/${id}?$select=displayName`;
    try {
      const found = textAt(await answered(web, { url, audience: cloud.graph }), "displayName");
      return [
        found === name
          ? ok(what, `"${name}" (${id}) exists`)
          : wrong(
              what,
              `${id} is called "${found}", but rotation:adminGroupName is "${name}", the name ` +
                "its members would log in to the database with",
              `pulumi config set rotation:adminGroupName "${found}"`,
            ),
      ];
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      return [
        error.status === 404
          ? wrong(
              what,
              `the group ${id} does not exist`,
              find,
              create,
              "pulumi config set rotation:adminGroupId <object id of the group>",
            )
          : unasked(what, `the directory ${error.message}`, look),
      ];
    }
  },
};
