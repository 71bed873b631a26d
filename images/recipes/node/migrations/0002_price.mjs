export const up = (knex) =>
  knex.schema.alterTable("tasks", (table) => {
    table.integer("price");
    table.index(["name"]);
  });

export const down = (knex) =>
  knex.schema.alterTable("tasks", (table) => {
    table.dropIndex(["name"]);
    table.dropColumn("price");
  });
