//! Whole numbers from outside, where a number may be a fraction, negative, or none at all.

use serde::de::{Deserialize, Deserializer, Error as Refused};

use super::MAX_SEED;
use super::run::MAX_STEPS;
use crate::error::{Error, Result};

/// What is told of all of them.
pub(crate) const A_WHOLE_NUMBER: &str = "a whole number from";

/// Checks that a number is whole and within `low..=high`.
#[cfg(target_arch = "wasm32")]
pub(crate) fn whole(option: &str, value: f64, low: u64, high: u64) -> Result<u64> {
    as_whole(value, low, high).ok_or_else(|| Error::option(option, value, allowed(low, high)))
}

/// Checks that a whole number is within `low..=high`.
pub(crate) fn within(option: &str, value: u64, low: u64, high: u64) -> Result<u64> {
    match (low..=high).contains(&value) {
        true => Ok(value),
        false => Err(Error::option(option, value, allowed(low, high))),
    }
}

/// Checks a number of steps.
pub(crate) fn check_steps(steps: usize) -> Result<usize> {
    within("steps", steps as u64, 1, u64::from(MAX_STEPS)).map(|_| steps)
}

/// Reads a number of steps with serde.
pub(crate) fn steps<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<usize, D::Error> {
    Ok(read(f64::deserialize(from)?, 1, u64::from(MAX_STEPS))? as usize)
}

/// Reads a seed, or none, with serde.
pub(super) fn seed<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<u64>, D::Error> {
    Option::<f64>::deserialize(from)?.map(|seed| read(seed, 0, MAX_SEED)).transpose()
}

/// Reads a stream of a seed with serde.
pub(super) fn stream<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<u64, D::Error> {
    read(f64::deserialize(from)?, 0, MAX_SEED)
}

fn read<E: Refused>(value: f64, low: u64, high: u64) -> std::result::Result<u64, E> {
    as_whole(value, low, high).ok_or_else(|| E::custom(allowed(low, high)))
}

fn as_whole(value: f64, low: u64, high: u64) -> Option<u64> {
    (value.fract() == 0.0 && (low as f64..=high as f64).contains(&value)).then_some(value as u64)
}

fn allowed(low: u64, high: u64) -> String {
    format!("{A_WHOLE_NUMBER} {low} to {high}")
}
