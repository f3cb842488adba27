//! What keeps a small file from filling the memory, or a message.

use crate::error::{Error, Result};

/// Numbers that any file may unfold to, however small it is.
pub(crate) const FREE_NUMBERS: usize = 1 << 22;
/// Numbers that a network may unfold to, however large its file is: one GiB.
pub(crate) const MOST_NUMBERS: usize = 1 << 28;

/// How many numbers may still be made of a file: it could name the same weights again and again, or repeat one number.
pub(crate) struct Budget {
    left: usize,
}

impl Budget {
    /// Two for every byte, so that weights may be turned and cast some times on the way, and `free` ones besides.
    pub(crate) fn new(bytes: usize, free: usize) -> Self {
        Self { left: bytes.saturating_mul(2).saturating_add(free).min(MOST_NUMBERS) }
    }

    pub(crate) fn left(&self) -> usize {
        self.left
    }

    pub(crate) fn spend(&mut self, what: &str, count: usize) -> Result<()> {
        self.left = self.left.checked_sub(count).ok_or_else(|| {
            let expected = format!("no more values than a file of its size accounts for, {MOST_NUMBERS} at most");
            Error::shape(what, expected, format!("{count} on top of those before"))
        })?;
        Ok(())
    }
}

/// The most characters of a name.
pub(crate) const MAX_NAME: usize = 200;

/// A name in a message: names in files can be of any length.
pub(crate) fn shown(name: &str) -> String {
    shortened(name, 100)
}

/// The first `most` characters of a text.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_spent_once_and_never_larger_than_the_most() {
        let mut budget = Budget::new(8, 4);
        budget.spend("one", 15).unwrap();
        budget.spend("two", 5).unwrap();
        let error = budget.spend("the tensor `w`", 1).unwrap_err();
        assert_eq!(error.code(), "shape-mismatch");
        assert!(error.to_string().contains("the tensor `w`"), "{error}");
        assert!(Budget::new(usize::MAX, usize::MAX).spend("all", MOST_NUMBERS + 1).is_err());
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(shortened("äöü", 2), "äö...");
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shown(&"n".repeat(101)).len(), 103);
    }
}
