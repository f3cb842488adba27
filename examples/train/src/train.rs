//! The training loop: `AdamW` on cross-entropy, with a learning rate that rises for one epoch and falls along a cosine.

use std::f64::consts::PI;

use anyhow::Result;
use candle_core::{D, Device, Tensor};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, ops::log_softmax};
use indicatif::{ProgressBar, ProgressStyle};
use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::augment::augment;
use crate::data::{CLASSES, Images, PIXELS};
use crate::model::{Dropout, Model};
use crate::recipe::Recipe;

/// Trains a network by its recipe. The validation images are only watched: nothing is decided by them here.
pub(crate) fn train(recipe: &Recipe, images: &Images, validation: &Images) -> Result<Model> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(recipe.seed);
    let model = Model::random(recipe, &mut rng)?;
    let settings = ParamsAdamW { weight_decay: recipe.weight_decay, ..ParamsAdamW::default() };
    let mut optimizer = AdamW::new(model.variables(), settings)?;

    let steps = images.len() / recipe.batch;
    let bar = progress_bar(steps * recipe.epochs);
    let mut order: Vec<usize> = (0..images.len()).collect();
    for epoch in 0..recipe.epochs {
        // The images left over after the last full batch are different ones in every epoch.
        order.shuffle(&mut rng);
        let mut sum = 0.0;
        for (step, chosen) in order.chunks_exact(recipe.batch).enumerate() {
            optimizer.set_learning_rate(learning_rate(recipe, epoch as f64 + step as f64 / steps as f64));
            let (inputs, targets) = batch(recipe, images, chosen, &mut rng)?;
            let dropout = Dropout { input: recipe.input_dropout, hidden: recipe.hidden_dropout, rng: &mut rng };
            let loss = cross_entropy(&model.forward(&inputs, Some(dropout))?, &targets)?;
            optimizer.backward_step(&loss)?;
            sum += f64::from(loss.to_scalar::<f32>()?);
            bar.inc(1);
        }
        let share = model.count_right(validation)? as f64 / validation.len() as f64;
        let (epoch, loss) = (epoch + 1, sum / steps as f64);
        bar.suspend(|| eprintln!("epoch {epoch:3}: loss {loss:.4}, validation {:.2} %", 100.0 * share));
    }
    bar.finish_and_clear();
    Ok(model)
}

fn progress_bar(steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {percent} % of {len} batches, {eta} left");
    ProgressBar::new(steps as u64).with_style(style.expect("the template is fixed"))
}

/// The learning rate at a time in epochs.
fn learning_rate(recipe: &Recipe, epoch: f64) -> f64 {
    if epoch < 1.0 {
        return recipe.learning_rate * epoch.max(0.01);
    }
    let progress = (epoch - 1.0) / (recipe.epochs as f64 - 1.0).max(1.0);
    recipe.learning_rate * 0.5 * (1.0 + (PI * progress).cos())
}

/// Changed copies of the chosen images, and the probability that each class should get.
fn batch(recipe: &Recipe, images: &Images, chosen: &[usize], rng: &mut Xoshiro256PlusPlus) -> Result<(Tensor, Tensor)> {
    let mut pixels = vec![0.0; chosen.len() * PIXELS];
    let mut targets = vec![recipe.label_smoothing / CLASSES as f32; chosen.len() * CLASSES];
    for (place, &index) in chosen.iter().enumerate() {
        augment(images.image(index), &recipe.augment, rng, &mut pixels[place * PIXELS..(place + 1) * PIXELS]);
        targets[place * CLASSES + usize::from(images.labels()[index])] += 1.0 - recipe.label_smoothing;
    }
    let pixels = Tensor::from_vec(pixels, (chosen.len(), PIXELS), &Device::Cpu)?;
    let targets = Tensor::from_vec(targets, (chosen.len(), CLASSES), &Device::Cpu)?;
    Ok((pixels, targets))
}

/// Mean cross-entropy of outputs [n, classes] against target probabilities [n, classes].
fn cross_entropy(outputs: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let surprise = log_softmax(outputs, D::Minus1)?.mul(targets)?.sum(D::Minus1)?.mean_all()?;
    Ok(surprise.neg()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{find, tests::tiny_cnn};

    #[test]
    fn the_learning_rate_rises_for_an_epoch_and_falls_to_nothing() {
        let recipe = find("mnist-mlp").unwrap();
        let at = |epoch| learning_rate(recipe, epoch) / recipe.learning_rate;
        assert!(at(0.0) > 0.0 && at(0.0) < at(0.5) && at(0.5) < at(1.0));
        assert!((at(1.0) - 1.0).abs() < 1e-12 && at(2.0) < at(1.0));
        assert!(at(recipe.epochs as f64) < 1e-12);
    }

    #[test]
    fn cross_entropy_of_even_outputs_is_the_logarithm_of_the_classes() {
        let outputs = Tensor::zeros((4, CLASSES), candle_core::DType::F32, &Device::Cpu).unwrap();
        let mut targets = vec![0.0_f32; 4 * CLASSES];
        targets.iter_mut().step_by(CLASSES).for_each(|first| *first = 1.0);
        let targets = Tensor::from_vec(targets, (4, CLASSES), &Device::Cpu).unwrap();
        let loss = cross_entropy(&outputs, &targets).unwrap().to_scalar::<f32>().unwrap();
        assert!((loss - 10_f32.ln()).abs() < 1e-5);
    }

    #[test]
    fn the_same_seed_gives_the_same_weights_and_learns_a_few_images() {
        let recipe = Recipe { epochs: 20, batch: 10, ..find("mnist-mlp-small").unwrap().clone() };
        let images = Images::made_up(30);
        let weights = |seed| {
            let model = train(&Recipe { seed, ..recipe.clone() }, &images, &images).unwrap();
            let first = model.variables()[0].flatten_all().unwrap().to_vec1::<f32>().unwrap();
            (model.count_right(&images).unwrap(), first)
        };
        let (right, first) = weights(1);
        assert!(right > 15, "only {right} of 30 made-up images learnt by heart");
        assert_eq!(first, weights(1).1);
        assert_ne!(first, weights(2).1);
    }

    #[test]
    fn a_convolutional_network_learns_and_repeats_itself_to_the_last_bit() {
        let recipe = Recipe { epochs: 3, batch: 10, learning_rate: 1e-2, ..tiny_cnn() };
        let images = Images::made_up(30);
        let trained = || {
            let model = train(&recipe, &images, &images).unwrap();
            let file = tempfile::NamedTempFile::new().unwrap();
            (model.count_right(&images).unwrap(), crate::export::write(file.path(), &recipe, &model).unwrap())
        };
        let (right, file) = trained();
        assert!(right > 15, "only {right} of 30 made-up images learnt by heart");
        assert!(file == trained().1, "the file differs");
    }
}
