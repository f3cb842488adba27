//! Trains a demo model of quartic-snn from its data with its recorded seed, and writes the weights and a model card.
//!
//! A recipe ([`recipe`]) is a row of plain data. The images ([`data`]) are changed at random ([`augment`]) while a
//! network ([`model`], [`ops`]) is trained ([`train`]); the result is stored ([`export`]) and described ([`card`]).

mod augment;
mod card;
mod data;
mod export;
mod model;
mod ops;
mod recipe;
mod recipes;
mod train;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::card::{Report, Score};
use crate::data::{DataSet, Images};
use crate::model::Model;
use crate::recipe::Recipe;

/// Training images that are held out to choose recipes by.
const VALIDATION: usize = 5_000;

/// Trains a demo model and writes NAME.safetensors and NAME.md.
#[derive(Debug, Parser)]
#[command(name = "npm run train --", version, after_help = after_help())]
struct Arguments {
    /// Which model to train
    name: String,
    /// The npm package of the images, or a folder with its files [default: the installed one]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to write the model and its card [default: models of the repository]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A seed to use instead of the recorded one
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A number of epochs to use instead of the recorded one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Do not read the test images: for trying recipes, which only validation images may decide
    #[arg(long)]
    no_test: bool,
}

fn after_help() -> String {
    format!(
        "Models: {}\n\nThe environment variable RAYON_NUM_THREADS sets the number of threads, which does not change \
         the result; on a busy machine, 1 is fastest.",
        recipe::names()
    )
}

impl Arguments {
    /// The recorded recipe, with what the command line changes.
    fn recipe(&self) -> Result<Recipe> {
        let Some(recorded) = recipe::find(&self.name) else {
            bail!("no model is named {:?}; the models are {}", self.name, recipe::names());
        };
        let mut recipe = recorded.clone();
        recipe.seed = self.seed.unwrap_or(recipe.seed);
        recipe.epochs = self.epochs.map_or(recipe.epochs, |epochs| epochs as usize);
        Ok(recipe)
    }

    /// The command that repeats this run, as far as it decides the weights.
    fn repeat(&self) -> String {
        let option = |name: &str, value: Option<u64>| value.map(|value| format!(" --{name} {value}"));
        let seed = option("seed", self.seed).unwrap_or_default();
        let epochs = option("epochs", self.epochs.map(u64::from)).unwrap_or_default();
        format!("npm run train -- {}{seed}{epochs}", self.name)
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let recipe = arguments.recipe()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("the trainer left its repository")?;
    let set = DataSet::of(recipe.name)?;
    let source = set.open(arguments.data.as_deref(), root)?;
    let out = arguments.out.clone().unwrap_or_else(|| root.join("models"));
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;

    let (images, validation) = source.training()?.hold_out(VALIDATION);
    eprintln!("{}: {} epochs on {} images, seed {}", recipe.name, recipe.epochs, images.len(), recipe.seed);
    let start = Instant::now();
    let model = train::train(&recipe, &images, &validation)?;
    let time = start.elapsed();

    let path = out.join(recipe.name).with_extension("safetensors");
    let file = export::write(&path, &recipe, &model)?;
    // What is measured is what was written, read back.
    let (_, stored) = export::read(&file)?;
    let validation = score(&model, &stored, &validation)?;
    let test = if arguments.no_test { None } else { Some(score(&model, &stored, &source.test()?)?) };
    for (what, score) in [("validation", Some(validation)), ("test", test)] {
        if let Some(score) = score {
            let (full, stored) = (score.percent(score.full), score.percent(score.stored));
            println!("{what}: {full:.2} % in 32 bit, {stored:.2} % as stored in 16 bit");
        }
    }

    let (command, source) = (arguments.repeat(), source.origin.clone());
    let (recipe, model, file) = (&recipe, &model, file.as_slice());
    let report = Report { recipe, about: set.about(), command, source, model, validation, test, time, file };
    let card = path.with_extension("md");
    fs::write(&card, report.card()).with_context(|| format!("cannot write {}", card.display()))?;
    println!("wrote {} and {} after {:.0} s", path.display(), card.display(), time.as_secs_f64());
    Ok(())
}

fn score(model: &Model, stored: &Model, images: &Images) -> Result<Score> {
    Ok(Score { images: images.len(), full: model.count_right(images)?, stored: stored.count_right(images)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed_and_repeats_itself() {
        Arguments::command().debug_assert();
        let arguments = Arguments::parse_from(["train", "mnist-mlp", "--seed", "3", "--epochs", "2", "--no-test"]);
        assert_eq!(arguments.repeat(), "npm run train -- mnist-mlp --seed 3 --epochs 2");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Arguments::parse_from(["train", "mnist"]).recipe().unwrap_err().to_string();
        assert!(error.contains("\"mnist\"") && error.contains("mnist-mlp-small"), "{error}");
    }
}
