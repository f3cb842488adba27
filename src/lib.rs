//! quartic-snn
