//! Bytes, read as choices and numbers; after the last one come numbers that follow from how many were asked for.

pub(crate) struct Bytes<'a> {
    left: &'a [u8],
    state: u32,
}

impl<'a> Bytes<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes, state: 1 }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        match self.left.split_first() {
            Some((&first, rest)) => {
                self.left = rest;
                first
            }
            None => self.made(),
        }
    }

    /// A byte that no input has chosen: weights would use an input up.
    fn made(&mut self) -> u8 {
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.state >> 24) as u8
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    pub(crate) fn float(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * f32::from(self.byte()) / 255.0
    }

    /// The bits of any number, infinities and what is not a number included.
    pub(crate) fn any(&mut self) -> f64 {
        f64::from_bits(u64::from_le_bytes(std::array::from_fn(|_| self.byte())))
    }

    /// `count` numbers that differ; the input chooses how.
    pub(crate) fn floats(&mut self, count: usize, low: f32, high: f32) -> Vec<f32> {
        self.state = self.state.wrapping_add(u32::from(self.byte()));
        (0..count).map(|_| low + (high - low) * f32::from(self.made()) / 255.0).collect()
    }
}
