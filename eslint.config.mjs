import mocha from "eslint-plugin-mocha";
import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", "**/*.mjs"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/no-floating-promises": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name='apply'] NewExpression[callee.property]",
          message: "No resource inside apply: it is missing from previews and from dependsOn.",
        },
        {
          selector: "CallExpression[callee.property.name='apply'] CallExpression[callee.object.name='assert']",
          message: "No assertion inside apply: it passes when it fails.",
        },
      ],
    },
  },
  { files: ["test/**/*.ts"], ...mocha.configs.recommended },
  {
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-floating-promises": "error", "mocha/no-mocha-arrows": "off" },
  },
);
