//! Base thresholds that are searched for, one per neuron or channel.

/// The largest threshold is the largest activation; each candidate is one percent of it smaller, down to 5 percent.
const CANDIDATES: u32 = 96;

/// The step size of local threshold balancing.
const STEP: f64 = 0.05;

/// It ends when a pass over the inputs moves a threshold by less than this share, or after so many passes.
const STILL: f64 = 1e-3;
const PASSES: usize = 100;

/// The threshold `theta` for which the mean square of `a - q(a)` is least, where `q` is what a neuron can say in `steps`
/// steps: `theta / T clip(floor(T a / theta + v0), 0, T)`; `initial` is `v0`. Source: Y. Li, S. Deng, X. Dong, R. Gong,
/// S. Gu, "A Free Lunch From ANN: Towards Efficient, Accurate Spiking Neural Networks Calibration", ICML 2021.
///
/// 0 where all activations are.
pub(super) fn least_squares(activations: &[f32], steps: f64, initial: f64) -> f64 {
    let largest = activations.iter().fold(0.0_f32, |largest, &a| largest.max(a));
    let error = |theta: f64| -> f64 {
        let said = |a: f64| theta / steps * (steps * a / theta + initial).floor().clamp(0.0, steps);
        activations.iter().map(|&a| f64::from(a.max(0.0))).map(|a| (a - said(a)).powi(2)).sum()
    };
    let candidates =
        (0..CANDIDATES).map(|k| f64::from(largest) * f64::from(100 - k) / 100.0).filter(|&theta| theta > 0.0);
    let scored = candidates.map(|theta| (error(theta), theta));
    // The larger threshold where two are as good: it costs fewer spikes.
    scored.fold((f64::INFINITY, 0.0), |best, next| if next.0 < best.0 { next } else { best }).1
}

/// Local threshold balancing: from 0, each input moves the threshold by `2 eta` times the mean over the positions of
/// `max(a - theta, 0)`, pass after pass. Source: T. Bu, M. Li, Z. Yu, "Inference-Scale Complexity in ANN-SNN Conversion for
/// High-Performance and Low-Power Applications", CVPR 2025, equation 17; there the inputs of a layer come from clipped
/// layers before it, here from the trained network.
///
/// `activations` has `positions` values per input. 0 where all of them are.
pub(super) fn balanced(activations: &[f32], positions: usize) -> f64 {
    let mut theta = 0.0_f64;
    for _ in 0..PASSES {
        let before = theta;
        for input in activations.chunks_exact(positions) {
            let above: f64 = input.iter().map(|&a| (f64::from(a) - theta).max(0.0)).sum();
            theta += 2.0 * STEP * above / positions as f64;
        }
        if theta - before <= STILL * theta {
            break;
        }
    }
    theta
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
