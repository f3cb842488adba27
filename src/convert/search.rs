//! Base thresholds that are searched for, one per neuron or channel.

/// The largest threshold is the largest activation; each candidate is one percent of it smaller, down to 5 percent.
const CANDIDATES: u32 = 96;

/// The step size of local threshold balancing.
const STEP: f64 = 0.05;

/// It ends when a pass over the inputs moves a threshold by less than this share, or after so many passes.
const STILL: f64 = 1e-3;
const PASSES: usize = 100;

/// A search for one threshold, try by try.
pub(super) enum Search {
    LeastSquares(LeastSquares),
    Balance(Balance),
}

impl Search {
    /// Makes one try; the threshold after the last one, 0 where all activations are.
    pub(super) fn advance(&mut self) -> Option<f64> {
        match self {
            Self::LeastSquares(search) => search.advance(),
            Self::Balance(search) => search.advance(),
        }
    }
}

/// The threshold `theta` for which the mean square of `a - q(a)` is least, where `q` is what a neuron can say in `steps`
/// steps: `theta / T clip(floor(T a / theta + v0), 0, T)`; `initial` is `v0`. Source: Y. Li, S. Deng, X. Dong, R. Gong,
/// S. Gu, "A Free Lunch From ANN: Towards Efficient, Accurate Spiking Neural Networks Calibration", ICML 2021.
pub(super) struct LeastSquares {
    activations: Vec<f32>,
    largest: f32,
    steps: f64,
    initial: f64,
    tried: u32,
    least: f64,
    best: f64,
}

impl LeastSquares {
    pub(super) fn new(activations: Vec<f32>, steps: f64, initial: f64) -> Self {
        let largest = activations.iter().fold(0.0_f32, |largest, &a| largest.max(a));
        Self { activations, largest, steps, initial, tried: 0, least: f64::INFINITY, best: 0.0 }
    }

    fn advance(&mut self) -> Option<f64> {
        let theta = f64::from(self.largest) * f64::from(100 - self.tried) / 100.0;
        if self.tried == CANDIDATES || theta <= 0.0 {
            return Some(self.best);
        }
        let (steps, initial) = (self.steps, self.initial);
        let said = |a: f64| theta / steps * (steps * a / theta + initial).floor().clamp(0.0, steps);
        let activations = self.activations.iter().map(|&a| f64::from(a.max(0.0)));
        let error = activations.map(|a| (a - said(a)).powi(2)).sum();
        // The larger threshold where two are as good: it costs fewer spikes.
        if error < self.least {
            (self.least, self.best) = (error, theta);
        }
        self.tried += 1;
        None
    }
}

/// Local threshold balancing: from 0, each input moves the threshold by `2 eta` times the mean over the positions of
/// `max(a - theta, 0)`, pass after pass. Source: T. Bu, M. Li, Z. Yu, "Inference-Scale Complexity in ANN-SNN Conversion for
/// High-Performance and Low-Power Applications", CVPR 2025, equation 17; there the inputs of a layer come from clipped
/// layers before it, here from the trained network.
pub(super) struct Balance {
    activations: Vec<f32>,
    positions: usize,
    theta: f64,
    passes: usize,
}

impl Balance {
    /// `activations` has `positions` values per input.
    pub(super) fn new(activations: Vec<f32>, positions: usize) -> Self {
        Self { activations, positions, theta: 0.0, passes: 0 }
    }

    fn advance(&mut self) -> Option<f64> {
        let before = self.theta;
        for input in self.activations.chunks_exact(self.positions) {
            let above: f64 = input.iter().map(|&a| (f64::from(a) - self.theta).max(0.0)).sum();
            self.theta += 2.0 * STEP * above / self.positions as f64;
        }
        self.passes += 1;
        (self.passes == PASSES || self.theta - before <= STILL * self.theta).then_some(self.theta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(mut search: Search) -> f64 {
        loop {
            if let Some(theta) = search.advance() {
                return theta;
            }
        }
    }

    fn least_squares(activations: &[f32], steps: f64, initial: f64) -> f64 {
        found(Search::LeastSquares(LeastSquares::new(activations.to_vec(), steps, initial)))
    }

    fn balanced(activations: &[f32], positions: usize) -> f64 {
        found(Search::Balance(Balance::new(activations.to_vec(), positions)))
    }

    #[test]
    fn least_squares_balances_clipping_and_rounding() {
        // Two steps: a threshold of 1 says 0, 0.5 or 1. Nine values of 0.5 and one of 1 are exact at 1.
        assert!((least_squares(&[0.5, 0.5, 1.0], 2.0, 0.0) - 1.0).abs() < 1e-12);
        // One step, a hundred times 1 and once 2: theta = 1 gives the error 1, theta = 2 gives 100.
        let mut values = vec![1.0; 100];
        values.push(2.0);
        assert!((least_squares(&values, 1.0, 0.0) - 1.0).abs() < 1e-12);
        // With half a threshold beforehand 1 is rounded up to 1.34 (error 0.34^2 each) and 2 down to it, and no better.
        let theta = least_squares(&[1.0, 2.0], 1.0, 0.5);
        let error = |t: f64| {
            [1.0, 2.0].map(|a: f64| (a - t * (a / t + 0.5).floor().clamp(0.0, 1.0)).powi(2)).iter().sum::<f64>()
        };
        assert!((theta - 1.5).abs() < 1e-9 && error(1.5) < error(1.48) && error(1.5) < error(1.52));
        assert!(least_squares(&[0.0, -1.0], 10.0, 0.0).abs() < 1e-12);
        // One step, a thousand times 0.05 and once 1: 5 percent of the largest, the last threshold tried, gives the error
        // 0.95^2, one above it 0.05^2 a thousand times.
        let mut values = vec![0.05; 1000];
        values.push(1.0);
        assert!((least_squares(&values, 1.0, 0.0) - 0.05).abs() < 1e-8);
    }

    #[test]
    fn balancing_moves_a_tenth_of_the_way_for_each_input() {
        // One position: theta = 0.1, then 0.19, ...: 1 - 0.9^n after n inputs.
        let inputs = [1.0; 3];
        let mut theta = 0.0;
        let mut passes = 0;
        loop {
            let next = 1.0 - 0.9_f64.powi(3 * (passes + 1));
            passes += 1;
            if next - theta <= STILL * next {
                theta = next;
                break;
            }
            theta = next;
        }
        assert!((balanced(&inputs, 1) - theta).abs() < 1e-12);
        // Two positions, of which only one is above: half the way.
        assert!(balanced(&[1.0, 0.0], 2) < balanced(&[1.0, 1.0], 2));
        assert!(balanced(&[0.0, -2.0], 1).abs() < 1e-12);
        // One of a thousand positions: after a hundred passes, a ten-thousandth of the way each, it is far from still.
        let mut input = vec![0.0; 1000];
        input[7] = 1.0;
        assert!((balanced(&input, 1000) - (1.0 - 0.9999_f64.powi(100))).abs() < 1e-12);
    }
}
