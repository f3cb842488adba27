//! Poisson encoding: one coin flip per input and step.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

use super::{Coding, Network, SpikeBlock};
use crate::error::{Error, Result, all_intensities};

/// The largest seed: every whole number that JavaScript represents exactly.
pub const MAX_SEED: u64 = (1 << 53) - 1;

const LOW: u64 = 0xffff_ffff;

/// Turns intensities into spike trains: input `i` spikes in a step with probability `x_i * rate`.
///
/// Spikes are drawn by xoshiro256++, 32 bits for each input that can spike, and compared as integers, so that they are
/// the same on every machine. Inputs of intensity 0 cost nothing. The train depends on the seed and the stream alone:
/// every network that is compared reads the same one.
#[derive(Clone, Debug)]
pub struct PoissonEncoder {
    /// Two by two, the inputs that can spike; where their number is odd, the last one has a partner that never does.
    active: Vec<[Coin; 2]>,
    inputs: usize,
    random: Xoshiro256PlusPlus,
}

/// An input and the probability of its spikes in units of 2^-32.
#[derive(Clone, Copy, Debug, Default)]
struct Coin {
    neuron: u32,
    probability: u64,
}

impl PoissonEncoder {
    /// Encodes `input` (intensities from 0 to 1) at `rate` (spikes per step at intensity 1, above 0 and up to 1).
    ///
    /// `seed` and `stream` choose the train; in a data set the stream is the index of the sample.
    ///
    /// # Errors
    /// `invalid-input` for an intensity outside 0..1 or NaN.
    pub fn new(input: &[f32], rate: f64, seed: u64, stream: u64) -> Result<Self> {
        all_intensities("input", input)?;
        let probability = |x: f32| (f64::from(x) * rate * 2_f64.powi(32) + 0.5) as u64;
        let coins = (0_u32..).zip(input).map(|(neuron, &x)| Coin { neuron, probability: probability(x) });
        let coins: Vec<Coin> = coins.filter(|coin| coin.probability > 0).collect();
        let active = coins.chunks(2).map(|pair| [pair[0], pair.get(1).copied().unwrap_or_default()]).collect();
        Ok(Self { active, inputs: input.len(), random: generator(seed, stream) })
    }

    /// What encodes `input` for `network`: nothing ever spikes where it takes constant currents.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(network: &Network, input: &[f32], seed: u64, stream: u64) -> Result<Self> {
        let mut encoder = Self::new(input, network.input_rate(), seed, stream)?;
        if network.coding() == Coding::Constant {
            encoder.active.clear();
        }
        Ok(encoder)
    }

    /// The number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Writes the next `steps` steps into `spikes`, in place of what it held.
    pub fn encode(&mut self, steps: usize, spikes: &mut SpikeBlock) {
        spikes.clear();
        for _ in 0..steps {
            spikes.write_step(2 * self.active.len(), |room| {
                let mut written = 0;
                for [first, second] in &self.active {
                    let bits = self.random.next_u64();
                    // Every input is written; one that does not spike is written over by the next.
                    room[written] = first.neuron;
                    written += usize::from((bits & LOW) < first.probability);
                    room[written] = second.neuron;
                    written += usize::from((bits >> 32) < second.probability);
                }
                written
            });
        }
    }
}

/// A generator whose state mixes both numbers, so that neighbouring seeds and streams have nothing in common.
fn generator(seed: u64, stream: u64) -> Xoshiro256PlusPlus {
    let mut of_seed = SplitMix64::seed_from_u64(seed);
    let mut of_stream = SplitMix64::seed_from_u64(stream);
    let mut state = [0_u8; 32];
    for word in state.as_chunks_mut::<8>().0 {
        *word = (of_seed.next_u64() ^ of_stream.next_u64().rotate_left(32)).to_le_bytes();
    }
    Xoshiro256PlusPlus::from_seed(state)
}

/// A seed from the platform's own source of randomness, up to [`MAX_SEED`].
///
/// # Errors
/// `no-seed` where the platform has none.
pub fn random_seed() -> Result<u64> {
    getrandom::u64().map(|seed| seed & MAX_SEED).map_err(|reason| Error::NoSeed { reason: reason.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(input: &[f32], rate: f64, seed: u64, stream: u64, steps: usize) -> SpikeBlock {
        let mut spikes = SpikeBlock::default();
        PoissonEncoder::new(input, rate, seed, stream).unwrap().encode(steps, &mut spikes);
        spikes
    }

    #[test]
    fn intensity_one_at_rate_one_spikes_every_step_and_zero_never() {
        let spikes = encoded(&[1.0, 0.0], 1.0, 3, 0, 50);
        assert!(spikes.iter().all(|step| step == [0]));
    }

    #[test]
    fn the_empirical_rate_is_within_five_standard_errors() {
        let (x, rate, steps) = (0.6_f32, 0.25, 100_000);
        let p = f64::from(x) * rate;
        let measured = encoded(&[x], rate, 7, 0, steps).len() as f64 / steps as f64;
        assert!((measured - p).abs() < 5.0 * (p * (1.0 - p) / steps as f64).sqrt(), "{measured} against {p}");
    }

    #[test]
    fn seeds_and_streams_give_different_trains() {
        let x = [0.5; 64];
        let first = encoded(&x, 0.5, 1, 0, 10);
        assert_eq!(first, encoded(&x, 0.5, 1, 0, 10));
        assert_ne!(first, encoded(&x, 0.5, 2, 0, 10));
        assert_ne!(first, encoded(&x, 0.5, 1, 1, 10));
        assert_ne!(encoded(&x, 0.5, 1, 2, 10), encoded(&x, 0.5, 2, 1, 10));
    }

    #[test]
    fn a_seed_equal_to_its_stream_is_no_special_case() {
        let x = [0.5; 64];
        assert_ne!(encoded(&x, 0.5, 5, 5, 10), encoded(&x, 0.5, 6, 6, 10));
        assert!(!encoded(&x, 0.5, 0, 0, 10).is_empty());
    }

    #[test]
    fn intensities_outside_their_range_are_refused() {
        for bad in [-0.1, 1.1, f32::NAN] {
            assert_eq!(PoissonEncoder::new(&[0.0, bad], 0.5, 1, 0).unwrap_err().code(), "invalid-input");
        }
    }
}
