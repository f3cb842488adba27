//! Poisson encoding: one coin flip per input and step.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};
use wide::i32x4;

use super::element::sixteen;
use super::spikes::tell;
use super::{Coding, Network, SpikeBlock};
use crate::error::{Error, Result, all_intensities};

/// The largest seed: every whole number that JavaScript represents exactly.
pub const MAX_SEED: u64 = (1 << 53) - 1;

/// The least spike probability per step of an input of intensity 1. Coins are compared to 2^-32, so that much smaller ones
/// would be rounded to nothing.
pub(crate) const MIN_INPUT_RATE: f64 = 1e-6;

/// The coins of a word.
const WORD: usize = u32::BITS as usize;
/// The spikes of a word that are written without a look at whether there are as many.
const AT_ONCE: usize = 12;

/// A rate beyond would give other spikes than it says.
pub(crate) fn check_rate(rate: f64) -> Result<()> {
    let is_one = (MIN_INPUT_RATE..=1.0).contains(&rate);
    if is_one { Ok(()) } else { Err(Error::option("inputRate", rate, format!("from {MIN_INPUT_RATE} to 1"))) }
}

/// Turns intensities into spike trains: input `i` spikes in a step with probability `x_i * rate`.
///
/// Spikes are drawn by xoshiro256++, 32 bits for each input that can spike, and compared as integers, so they are the
/// same on every machine. Inputs of intensity 0 cost nothing. The train depends only on the seed and the stream: all
/// compared networks read the same one.
#[derive(Clone, Debug)]
pub struct PoissonEncoder {
    /// The inputs that can spike, one coin for each, and one for each bit that a word has beyond them, and one more.
    neurons: Vec<u32>,
    /// What the coins show at most where their input spikes.
    limits: Vec<Word>,
    /// What they show in the step at hand.
    shown: Vec<Word>,
    coins: usize,
    inputs: usize,
    random: Xoshiro256PlusPlus,
}

/// Numbers of 32 bits, less 2^31, since vectors compare numbers that have a sign.
type Word = [i32x4; WORD / 4];

impl PoissonEncoder {
    /// Encodes `input` (intensities from 0 to 1) at `rate` (spikes per step at intensity 1, up to 1; coins resolve 2^-32).
    ///
    /// `seed` and `stream` determine the train; in a data set, the stream is the index of the sample.
    ///
    /// # Errors
    /// `invalid-input` for an intensity that is outside 0..1 or NaN, `invalid-option` for a rate that is not from
    /// 0.000001 to 1.
    pub fn new(input: &[f32], rate: f64, seed: u64, stream: u64) -> Result<Self> {
        check_rate(rate)?;
        all_intensities("input", input)?;
        // In units of 2^-32.
        let probability = |x: f32| (f64::from(x) * rate * 2_f64.powi(32) + 0.5) as u64;
        let coins = (0_u32..).zip(input).map(|(neuron, &x)| (neuron, probability(x)));
        let (mut neurons, limits): (Vec<u32>, Vec<i32>) =
            coins.filter(|&(_, p)| p > 0).map(|(neuron, p)| (neuron, signed((p - 1) as u32))).unzip();
        let coins = neurons.len();
        let mut words = vec![Word::default(); coins.div_ceil(WORD)];
        bytemuck::cast_slice_mut::<_, i32>(&mut words)[..coins].copy_from_slice(&limits);
        neurons.resize(WORD * words.len() + 1, 0);
        let random = generator(seed, stream);
        Ok(Self { neurons, shown: words.clone(), limits: words, coins, inputs: input.len(), random })
    }

    /// Encodes `input` for `network`; with constant currents, nothing ever spikes.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(network: &Network, input: &[f32], seed: u64, stream: u64) -> Result<Self> {
        let mut encoder = Self::new(input, network.input_rate(), seed, stream)?;
        if network.coding() == Coding::Constant {
            encoder.coins = 0;
            encoder.limits.clear();
        }
        Ok(encoder)
    }

    /// The number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Writes the next `steps` steps into `spikes`, replacing its content.
    pub fn encode(&mut self, steps: usize, spikes: &mut SpikeBlock) {
        spikes.clear();
        for _ in 0..steps {
            self.toss();
            spikes.write_step(self.coins + AT_ONCE, |room| {
                let mut written = 0;
                for (word, (limits, shown)) in self.limits.iter().zip(&self.shown).enumerate() {
                    let first = WORD * word;
                    let coins = u32::MAX >> (first + WORD).saturating_sub(self.coins);
                    let neurons = &self.neurons[first..=first + WORD];
                    let mask = !above(shown, limits) & coins;
                    written += tell::<AT_ONCE>(mask, |bit| neurons[bit as usize], &mut room[written..]);
                }
                written
            });
        }
    }

    /// Tosses every coin; two share what the generator gives at once.
    fn toss(&mut self) {
        let shown = &mut bytemuck::cast_slice_mut::<_, [u32; 2]>(&mut self.shown)[..self.coins.div_ceil(2)];
        for pair in shown {
            let bits = self.random.next_u64();
            *pair = [bits as u32, (bits >> 32) as u32];
        }
    }
}

/// As the vectors compare it.
fn signed(number: u32) -> i32 {
    number as i32 ^ i32::MIN
}

/// Bit `k` of the answer stands for coin `k`.
#[inline]
fn above(shown: &Word, limits: &Word) -> u32 {
    let sign = i32x4::splat(i32::MIN);
    let above: Word = std::array::from_fn(|k| (shown[k] ^ sign).simd_gt(limits[k]));
    let (low, high) = above.split_at(4);
    sixteen(low) | sixteen(high) << 16
}

/// A generator whose state mixes both numbers, so that no two seeds or streams have anything in common.
fn generator(seed: u64, stream: u64) -> Xoshiro256PlusPlus {
    let mut of_seed = SplitMix64::seed_from_u64(seed);
    let mut of_stream = SplitMix64::seed_from_u64(stream);
    let mut state = [0_u8; 32];
    for word in state.as_chunks_mut::<8>().0 {
        *word = (of_seed.next_u64() ^ of_stream.next_u64().rotate_left(32)).to_le_bytes();
    }
    Xoshiro256PlusPlus::from_seed(state)
}

/// A seed from the platform's source of randomness, up to [`MAX_SEED`].
///
/// # Errors
/// `no-seed` if the platform has none.
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
    fn coins_in_vectors_fall_as_coins_one_by_one() {
        for inputs in [0, 1, 2, 31, 32, 33, 63, 64, 65, 200] {
            // Every fifth input is dark; the brightest spikes in every step, the palest hardly ever.
            let input: Vec<f32> = (0..inputs).map(|i| (i % 5) as f32 / 4.0 * (1.0 - (i / 5) as f32 / 41.0)).collect();
            for rate in [1.0, 0.25, MIN_INPUT_RATE] {
                let mut random = generator(9, 4);
                let lit: Vec<u32> = (0..inputs as u32).filter(|&i| input[i as usize] > 0.0).collect();
                let mut expected = SpikeBlock::default();
                for _ in 0..70 {
                    for pair in lit.chunks(2) {
                        let bits = random.next_u64();
                        for (&i, shown) in pair.iter().zip([bits & 0xffff_ffff, bits >> 32]) {
                            let probability = (f64::from(input[i as usize]) * rate * 2_f64.powi(32)).round();
                            if (shown as f64) < probability {
                                expected.push(i);
                            }
                        }
                    }
                    expected.end_step();
                }
                assert_eq!(encoded(&input, rate, 9, 4, 70), expected, "{inputs} inputs at rate {rate}");
            }
        }
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
    fn a_rate_above_1_gave_fewer_spikes_in_silence() {
        for bad in [1.5, 0.0, -1.0, f64::NAN] {
            assert_eq!(PoissonEncoder::new(&[1.0], bad, 1, 0).unwrap_err().code(), "invalid-option");
        }
    }

    #[test]
    fn intensities_outside_their_range_are_refused() {
        for bad in [-0.1, 1.1, f32::NAN] {
            assert_eq!(PoissonEncoder::new(&[0.0, bad], 0.5, 1, 0).unwrap_err().code(), "invalid-input");
        }
    }
}
