import pulumi from "@pulumi/eslint-plugin";
import mocha from "eslint-plugin-mocha";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const APPLY = "CallExpression[callee.property.name='apply']";
const ASSERT = "CallExpression:matches([callee.name='assert'], [callee.object.name='assert'])";
const TEST = "CallExpression[callee.name=/^(it|before|after|beforeEach|afterEach)$/]";

export default defineConfig(
  { ignores: ["**/*.{cjs,mjs}"] },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-restricted-syntax": [
        "error",
        {
          selector: `${APPLY} NewExpression[callee.property]`,
          message: "No resource inside apply: it is missing from previews and from dependsOn.",
        },
        {
          selector: `${APPLY} ${ASSERT}`,
          message: "No assertion inside apply: it passes when it fails.",
        },
        { selector: `${TEST} > :function[params.length>0]`, message: "Return a promise, no done." },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    extends: [mocha.configs.recommended],
    rules: { "mocha/no-mocha-arrows": "off" },
  },
  // What several specs set up alike, with the hooks for it.
  { files: ["test/support/**/*.ts"], rules: { "mocha/no-exports": "off" } },
);
