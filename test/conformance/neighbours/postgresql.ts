import type { Probes } from "./probes";

const POLICY = { role: "c_grp", usage: true };

/** A function that needs no rights on anything. */
const FUNCTION = {
  name: "n_function",
  schema: "public",
  returns: "integer",
  language: "plpgsql",
  body: "BEGIN RETURN 1; END;",
};

const ARGUMENT = { name: "n", type: "integer" };

export const postgresql: Probes = {
  "postgresql:index/role:Role": {
    base: { name: "n_role" },
    sql:
      "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, " +
      "rolreplication, rolbypassrls, rolconnlimit, rolconfig::text, rolvaliduntil::text, " +
      "array(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = pg_roles.oid) " +
      "AS roles FROM pg_roles WHERE rolname LIKE 'n_role%'",
    properties: {
      assumeRole: { values: ["c_grp", "c_grp2", ""], odd: [1, true, ["c_grp"]] },
      bypassRowLevelSecurity: { values: [false, true], odd: ["true", "perhaps"] },
      connectionLimit: { values: [5, 10, 0, -1], odd: [-2, "7", "many", 1.5, true] },
      createDatabase: { values: [true, false], odd: ["true", "perhaps"] },
      createRole: { values: [true, false], odd: ["perhaps"] },
      encrypted: { values: ["yes", "no"], odd: [true, 1] },
      encryptedPassword: {
        values: [true, false],
        with: { password: "clear-1" },
        odd: ["perhaps"],
      },
      idleInTransactionSessionTimeout: { values: [60000, 90000, 0], odd: [-1, "90000"] },
      inherit: { values: [false, true], odd: ["perhaps"] },
      login: { values: [true, false], odd: ["perhaps"] },
      name: { values: ["n_role_a", "n_role_b"], odd: ["", 1, true] },
      password: { values: ["clear-1", "clear-2", ""], odd: [1, true] },
      passwordWo: {
        values: ["clear-1", "clear-2"],
        with: { passwordWoVersion: "1", login: true },
        odd: [1],
      },
      passwordWoVersion: {
        values: ["1", "2"],
        with: { passwordWo: "clear-1", login: true },
        odd: [1],
      },
      replication: { values: [false, true], odd: ["perhaps"] },
      roles: {
        values: [["c_grp"], ["c_grp2", "c_grp"], ["c_grp2"], []],
        odd: ["c_grp", [1], ["c_grp", "c_grp"], {}],
      },
      searchPaths: {
        values: [["app", "public"], ["public"], ["public", "app", "other"], []],
        odd: ["app", ["a, b"], [1]],
      },
      skipDropRole: { values: [true, false], odd: ["perhaps"] },
      skipReassignOwned: { values: [false, true], odd: ["perhaps"] },
      statementTimeout: { values: [60000, 90000, 0], odd: [-1, "90000"] },
      superuser: { values: [false, true], odd: ["perhaps"] },
      validUntil: {
        values: ["2030-01-01 00:00:00+00", "Infinity", "2031-06-01", ""],
        odd: [1, "never"],
      },
    },
    combinations: {
      "password beside passwordWo": { password: "a", passwordWo: "b", passwordWoVersion: "1" },
      "password beside passwordWoVersion": { password: "a", passwordWoVersion: "1" },
      "passwordWo without passwordWoVersion": { passwordWo: "b" },
      "passwordWoVersion without passwordWo": { passwordWoVersion: "1" },
      "a password in clear text that is NULL": { password: "null", login: true },
    },
  },

  "postgresql:index/schema:Schema": {
    base: { name: "n_schema" },
    sql:
      "SELECT nspname, nspowner::regrole::text AS owner, nspacl::text AS acl " +
      "FROM pg_namespace WHERE nspname LIKE 'n_schema%'",
    properties: {
      database: { values: ["app", "postgres"], odd: [1, ["app"]] },
      dropCascade: { values: [true, false], odd: ["perhaps"] },
      ifNotExists: { values: [false, true], odd: ["perhaps"] },
      name: { values: ["n_schema_a", "n_schema_b"], odd: ["", 1] },
      owner: { values: ["c_grp", "c_grp2", ""], odd: [1] },
      policies: {
        values: [
          [POLICY],
          [POLICY, { role: "c_grp2", create: true }],
          [{ role: "c_grp2", create: true }],
          [],
        ],
        odd: [POLICY, "c_grp", ["c_grp"], [{ role: "c_grp", drop: true }], [{ role: 1 }], [{}]],
      },
      "policies.create": { values: [[{ ...POLICY, create: true }], [POLICY]] },
      "policies.createWithGrant": { values: [[{ ...POLICY, createWithGrant: true }], [POLICY]] },
      "policies.role": { values: [[POLICY], [{ ...POLICY, role: "c_grp2" }], [{ usage: true }]] },
      "policies.usage": { values: [[POLICY], [{ ...POLICY, usage: false }]] },
      "policies.usageWithGrant": { values: [[{ ...POLICY, usageWithGrant: true }], [POLICY]] },
    },
    combinations: {
      "policies of one role twice": { policies: [POLICY, { role: "C_GRP", create: true }] },
    },
  },

  "postgresql:index/grant:Grant": {
    base: {
      database: "app",
      role: "c_grp",
      objectType: "table",
      schema: "public",
      privileges: ["SELECT"],
    },
    sql:
      "SELECT relname, relacl::text AS acl, " +
      "(SELECT attacl::text FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'id') " +
      "AS columns FROM pg_class WHERE relname = 't1'",
    properties: {
      columns: {
        values: [["id"], []],
        with: { objectType: "column", objects: ["t1"] },
        odd: ["id", [1]],
      },
      database: { values: ["app", "postgres"], odd: [1] },
      objectType: { values: ["table", "sequence"], odd: ["view", "TABLE", 1] },
      objects: { values: [["t1"], []], odd: ["t1", [1]] },
      privileges: {
        values: [["SELECT"], ["SELECT", "INSERT"], ["ALL"], []],
        odd: ["SELECT", ["USAGE"], ["select"], [1]],
      },
      role: { values: ["c_grp", "c_grp2", "public"], odd: [1] },
      schema: { values: ["public", "pg_catalog"], odd: [1] },
      withGrantOption: { values: [true, false], odd: ["perhaps"] },
    },
    combinations: {
      "a schema that is missing": { schema: null },
      "objects of a database": { objectType: "database", objects: ["t1"] },
      "columns of a table": { columns: ["id"] },
      "a column without columns": { objectType: "column", objects: ["t1"] },
      "two privileges on a column": {
        objectType: "column",
        objects: ["t1"],
        columns: ["id"],
        privileges: ["SELECT", "INSERT"],
      },
      "a foreign server without a name": { objectType: "foreign_server", privileges: ["USAGE"] },
      "a privilege that there is not": { privileges: ["USAGE"] },
      "a privilege in small letters": { privileges: ["select"] },
      "privileges on the schema": { objectType: "schema", privileges: ["USAGE", "CREATE"] },
      "privileges on the database": { objectType: "database", privileges: ["CONNECT"] },
      "privileges on functions": { objectType: "function", privileges: ["EXECUTE"] },
      "privileges on routines": { objectType: "routine", privileges: ["EXECUTE"] },
      "privileges on procedures": { objectType: "procedure", privileges: ["EXECUTE"] },
      "privileges on sequences": { objectType: "sequence", privileges: ["USAGE"] },
      "the grant option for everybody": { role: "public", withGrantOption: true },
      "privileges for nobody": { role: "n_nobody" },
      "privileges in a database that there is not": { database: "n_nothing" },
    },
  },

  "postgresql:index/grantRole:GrantRole": {
    base: { role: "c_grp", grantRole: "c_grp2" },
    sql:
      "SELECT roleid::regrole::text AS role, grantor::regrole::text AS grantor, admin_option " +
      "FROM pg_auth_members WHERE member = 'c_grp'::regrole",
    properties: {
      grantRole: { values: ["c_grp2", "c_grp"], odd: [1, ""] },
      role: { values: ["c_grp", "c_grp2"], odd: [1, ""] },
      withAdminOption: { values: [true, false], odd: ["perhaps"] },
    },
    combinations: {
      "a role that there is not": { grantRole: "n_nobody" },
      "a role in itself": { grantRole: "c_grp" },
    },
  },

  "postgresql:index/defaultPrivileges:DefaultPrivileges": {
    base: {
      database: "app",
      owner: "pgadmin",
      role: "c_grp",
      schema: "public",
      objectType: "table",
      privileges: ["SELECT"],
    },
    sql:
      "SELECT defaclrole::regrole::text AS owner, defaclnamespace::regnamespace::text AS schema, " +
      "defaclobjtype AS type, defaclacl::text AS acl FROM pg_default_acl",
    properties: {
      database: { values: ["app", "postgres"], odd: [1] },
      objectType: { values: ["table", "sequence"], odd: ["database", "column", 1] },
      owner: { values: ["pgadmin", "c_grp2"], odd: [1] },
      privileges: {
        values: [["SELECT"], ["SELECT", "INSERT"], ["ALL"], []],
        odd: ["SELECT", ["USAGE"], [1]],
      },
      role: { values: ["c_grp", "c_grp2", "public"], odd: [1] },
      schema: { values: ["public", ""], odd: [1] },
      withGrantOption: { values: [true, false], odd: ["perhaps"] },
    },
    combinations: {
      "a schema of schemas": { objectType: "schema", privileges: ["USAGE"] },
      "on schemas": { objectType: "schema", schema: null, privileges: ["USAGE"] },
      "on types": { objectType: "type", privileges: ["USAGE"] },
      "on functions": { objectType: "function", privileges: ["EXECUTE"] },
      "on routines": { objectType: "routine", privileges: ["EXECUTE"] },
      "a privilege that there is not": { privileges: ["USAGE"] },
      "the grant option for everybody": { role: "public", withGrantOption: true },
      "no privileges from the start": { privileges: [] },
    },
  },

  "postgresql:index/function:Function": {
    base: FUNCTION,
    sql:
      "SELECT proname, pg_get_functiondef(oid) AS definition, proowner::regrole::text AS owner " +
      "FROM pg_proc WHERE proname LIKE 'n_function%'",
    properties: {
      args: {
        values: [[ARGUMENT], [ARGUMENT, { name: "m", type: "text" }], []],
        odd: [ARGUMENT, "n integer", [{ name: "n" }], [{ ...ARGUMENT, kind: "IN" }]],
      },
      "args.default": {
        values: [[{ ...ARGUMENT, default: "1" }], [{ ...ARGUMENT, default: "2" }], [ARGUMENT]],
        odd: [[{ ...ARGUMENT, default: 1 }]],
      },
      "args.mode": {
        values: [[{ ...ARGUMENT, mode: "IN" }], [{ ...ARGUMENT, mode: "INOUT" }]],
        odd: [[{ ...ARGUMENT, mode: "SIDEWAYS" }]],
      },
      "args.name": { values: [[ARGUMENT], [{ ...ARGUMENT, name: "m" }]] },
      "args.type": { values: [[ARGUMENT], [{ ...ARGUMENT, type: "bigint" }]] },
      body: {
        values: [
          "BEGIN RETURN 1; END;",
          "BEGIN RETURN 2; END;",
          "AS $function$\nBEGIN RETURN 3; END;\n$function$",
        ],
        odd: [1, ""],
      },
      database: { values: ["app", "postgres"], odd: [1] },
      dropCascade: { values: [true, false], odd: ["perhaps"] },
      language: { values: ["plpgsql", "sql"], odd: [1] },
      name: { values: ["n_function_a", "n_function_b"], odd: [1, ""] },
      parallel: { values: ["SAFE", "RESTRICTED", "UNSAFE"], odd: ["safe", "perhaps", 1] },
      returns: { values: ["integer", "bigint"], odd: [1] },
      schema: { values: ["public", "pg_temp"], odd: [1] },
      securityDefiner: { values: [true, false], odd: ["perhaps"] },
      strict: { values: [true, false], odd: ["perhaps"] },
      volatility: { values: ["STABLE", "IMMUTABLE", "VOLATILE"], odd: ["stable", "perhaps", 1] },
    },
    combinations: {
      "a body that is no program": { body: "BEGIN RETURN" },
      "a type that there is not": { returns: "n_nothing" },
      "what is returned left open": {
        returns: null,
        args: [{ name: "n", type: "integer", mode: "OUT" }],
        body: "BEGIN n := 1; END;",
      },
      "no schema": { schema: null },
    },
  },

  "pulumi:providers:postgresql": {
    base: {
      host: "127.0.0.1",
      port: 5432,
      username: "pgadmin",
      database: "app",
      sslmode: "disable",
      superuser: false,
    },
    properties: {
      awsRdsIamAuth: { values: [true] },
      awsRdsIamProfile: { values: ["profile"] },
      awsRdsIamProviderRoleArn: { values: ["arn"] },
      awsRdsIamRegion: { values: ["eu-west-1"] },
      azureIdentityAuth: { values: [true] },
      azureTenantId: { values: ["tenant"] },
      clientcert: { values: [{ cert: "/cert.pem", key: "/key.pem" }] },
      "clientcert.cert": { values: [{ cert: "/cert.pem", key: "/key.pem" }] },
      "clientcert.key": { values: [{ cert: "/cert.pem", key: "/key.pem" }] },
      "clientcert.sslinline": { values: [{ cert: "c", key: "k", sslinline: true }] },
      connectTimeout: { values: [10, "10", -1], odd: [-2, "long", 1.5] },
      database: { values: ["app"], odd: [1] },
      databaseUsername: { values: ["pgadmin"], odd: [1] },
      expectedVersion: { values: ["18.4", "18"], odd: ["new", 18] },
      gcpIamImpersonateServiceAccount: { values: ["somebody"] },
      host: { values: ["127.0.0.1"], odd: [1] },
      maxConnections: { values: [4, 0, -1], odd: [-2, "few"] },
      password: { values: ["adminpw"], odd: [1] },
      port: { values: [5432, "5432"], odd: ["five", 1.5, 0, -1] },
      scheme: { values: ["postgres"], odd: ["mysql", 1] },
      sslMode: { values: ["require"] },
      sslmode: { values: ["require", "verify-full", "sometimes"], odd: [1] },
      sslrootcert: { values: ["/ca.pem"], odd: [1] },
      superuser: { values: [true, false, "true"], odd: ["perhaps"] },
      username: { values: ["pgadmin"], odd: [1] },
    },
    combinations: { "a property that there is not": { hots: "127.0.0.1" } },
  },
};
