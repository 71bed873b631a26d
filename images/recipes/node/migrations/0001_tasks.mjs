export const up = (knex) =>
  knex.schema.createTable("tasks", (table) => {
    table.increments("id");
    table.text("name").notNullable();
  });

export const down = (knex) => knex.schema.dropTable("tasks");
