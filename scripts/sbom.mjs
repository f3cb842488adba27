// `npm run sbom`: what the npm package and the crate are made of, as CycloneDX, into target/sbom.

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { at, main, outputOf, run, say, Trouble } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust", "sbom");
  mkdirSync(at("target", "sbom"), { recursive: true });
  const args = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=library", "--omit=dev", "--workspace=quartic-snn"];
  const npm = outputOf("npm", args);
  if (!npm) throw new Trouble("`npm sbom` failed.");
  writeFileSync(at("target", "sbom", "quartic-snn.npm.cdx.json"), `${npm}\n`);
  // It writes beside Cargo.toml, and nowhere else.
  const form = ["--format=json", "--override-filename=quartic-snn.crate.cdx", "--no-build-deps", "--target=all"];
  await run("cargo-cyclonedx", ["cyclonedx", ...form, "--manifest-path", at("Cargo.toml")]);
  renameSync(at("quartic-snn.crate.cdx.json"), at("target", "sbom", "quartic-snn.crate.cdx.json"));
  say("Written to target/sbom.");
});
