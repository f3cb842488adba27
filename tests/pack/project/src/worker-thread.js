// A script of a project of its own for the worker, as some bundlers ask for.

import "quartic-snn/worker-thread";
