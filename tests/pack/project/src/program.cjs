// The program for CommonJS, which reaches a module by `import()` alone.

exports.answer = (quartic) => import("./program.js").then(({ answer }) => answer(quartic));
exports.tell = (...answers) => import("./program.js").then(({ tell }) => tell(...answers));
