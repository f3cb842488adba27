//! Percentiles, found digit by digit in passes over the values, so that nothing is copied and the search may pause
//! anywhere.

/// The bits of a digit, and the passes that find all 32.
const DIGIT: u32 = 8;
const DIGITS: u32 = 4;

/// The linearly interpolated percentile of rectified values (what is not above 0 counts as 0).
///
/// The bits of numbers that are not negative have the order of the numbers: a pass counts the next digit of those that
/// begin with the digits found so far.
#[derive(Clone, Debug)]
pub(super) struct Quantile {
    /// Where the value below is among those that begin with `found`, from 0.
    rank: u64,
    /// How far it is from there to the value above.
    fraction: f64,
    found: u32,
    pass: u32,
    counts: Vec<u64>,
    /// The value above, where it is not known to be the one below.
    above: Option<u32>,
}

impl Quantile {
    /// Of `count` values, at least one.
    pub(super) fn new(count: usize, percentile: f64) -> Self {
        let position = percentile / 100.0 * (count - 1) as f64;
        let counts = vec![0; 1 << DIGIT];
        Self { rank: position as u64, fraction: position.fract(), found: 0, pass: 0, counts, above: None }
    }

    /// The percentile of all `values` at once.
    pub(super) fn of<'a>(values: impl ExactSizeIterator<Item = &'a f32> + Clone, percentile: f64) -> f32 {
        let mut quantile = Self::new(values.len(), percentile);
        loop {
            quantile.look(values.clone());
            if let Some(found) = quantile.end_pass() {
                return found;
            }
        }
    }

    /// Looks at some of the values. Every pass sees each of them once, in any order.
    pub(super) fn look<'a>(&mut self, values: impl Iterator<Item = &'a f32>) {
        let bits = values.map(|&value| if value > 0.0 { value.to_bits() } else { 0 });
        if self.pass == DIGITS {
            let found = self.found;
            self.above = bits.filter(|&bits| bits > found).chain(self.above).min();
            return;
        }
        let shift = DIGIT * (DIGITS - 1 - self.pass);
        let found = u64::from(self.found);
        for bits in bits.map(u64::from).filter(|bits| bits >> (shift + DIGIT) == found) {
            self.counts[(bits >> shift) as usize % (1 << DIGIT)] += 1;
        }
    }

    /// Ends a pass over all values: the percentile, where no other pass is needed.
    pub(super) fn end_pass(&mut self) -> Option<f32> {
        let low = f64::from(f32::from_bits(self.found));
        if self.pass == DIGITS {
            let high = self.above.map_or(low, |bits| f64::from(f32::from_bits(bits)));
            return Some((low + (high - low) * self.fraction) as f32);
        }
        let mut digit = 0;
        while self.rank >= self.counts[digit] {
            self.rank -= self.counts[digit];
            digit += 1;
        }
        self.found = (self.found << DIGIT) | digit as u32;
        self.pass += 1;
        let last = self.pass == DIGITS && (self.fraction == 0.0 || self.rank + 1 < self.counts[digit]);
        self.counts.fill(0);
        last.then(|| f32::from_bits(self.found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_interpolates_between_the_sorted_values() {
        let values = [3.0, 0.5, -7.0, 1.5, f32::NAN, 1.0_f32];
        let of = |percentile| Quantile::of(values.iter(), percentile);
        // Sorted: 0, 0, 0.5, 1, 1.5, 3.
        let cases = [(0.0, 0.0), (20.0, 0.0), (30.0, 0.25), (50.0, 0.75), (80.0, 1.5), (90.0, 2.25), (100.0, 3.0)];
        for (percentile, expected) in cases {
            assert!((of(percentile) - expected).abs() < 1e-6, "{percentile}: {}", of(percentile));
        }
    }

    #[test]
    fn it_agrees_with_sorting() {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        };
        for count in [1, 2, 3, 50, 1000] {
            // Many are the same, and some are far apart.
            let values: Vec<f32> =
                (0..count).map(|_| (next() % 40) as f32 * 10_f32.powi((next() % 5) as i32)).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f32::total_cmp);
            for percentile in [0.0, 1.0, 33.3, 50.0, 99.0, 99.9, 100.0] {
                let position = percentile / 100.0 * (count - 1) as f64;
                let low = f64::from(sorted[position as usize]);
                let high = f64::from(sorted[(position as usize + 1).min(count - 1)]);
                let expected = (low + (high - low) * position.fract()) as f32;
                assert_eq!(
                    Quantile::of(values.iter(), percentile).to_bits(),
                    expected.to_bits(),
                    "{percentile} of {count}"
                );
            }
        }
    }

    #[test]
    fn the_values_may_come_in_parts() {
        let parts: [&[f32]; 3] = [&[9.0, 1.0], &[], &[4.0, 2.0, 2.0]];
        let mut quantile = Quantile::new(5, 60.0);
        let found = loop {
            for part in parts {
                quantile.look(part.iter());
            }
            if let Some(found) = quantile.end_pass() {
                break found;
            }
        };
        assert!((found - 2.8).abs() < 1e-6, "{found}");
    }
}
