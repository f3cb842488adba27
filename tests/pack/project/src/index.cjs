// CommonJS.

const { answer, tell } = require("./program.cjs");

tell(import("quartic-snn").then(({ load }) => load().then(answer)));
