// The reference of the npm package with the guides, equations included. Anything that is not right is an error.

import { fileURLToPath } from "node:url";
import { katex } from "@mdit/plugin-katex";

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "quartic-snn",
  entryPoints: ["index", "worker", "inline"].map((entry) => at(`pkg/src/${entry}.ts`)),
  tsconfig: at("pkg/tsconfig.json"),
  readme: at("pkg/README.md"),
  projectDocuments: [at("docs/guides/*.md"), at("docs/method.md"), at("docs/models.md"), at("docs/results.md")],
  out: at("docs/site"),
  excludeInternal: true,
  excludePrivate: true,
  disableGit: true,
  disableSources: true,
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  highlightLanguages: ["bash", "javascript", "json", "jsx", "python", "rust", "typescript"],
  validation: { notExported: true, invalidLink: true, invalidPath: true, notDocumented: false },
  // MathML needs neither a style sheet nor fonts.
  markdownItLoader: (parser) => parser.use(katex, { output: "mathml" }),
};
