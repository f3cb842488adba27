// The crates of the house. Only the one at the root is compiled by every test; the others are checked for their layout.

import { existsSync } from "node:fs";
import { at } from "./house.mjs";

export const crates = () =>
  [
    "Cargo.toml",
    "tools/wasm-bindgen/Cargo.toml",
    "examples/train/Cargo.toml",
    "fuzz/Cargo.toml",
    "benches/native/Cargo.toml",
    "study/Cargo.toml",
  ]
    .map((path) => at(path))
    .filter(existsSync);
