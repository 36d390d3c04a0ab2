//! What a stylizer is told besides the picture that it paints.

use std::sync::Arc;

use ndarray::{ArrayD, IxDyn};

use crate::error::{Error, Result};
use crate::models::{Availability, Family, Model, Models, Role};
use crate::picture::ImageRef;
use crate::progress::CancelToken;
use crate::style::Style;
use crate::style::stylizers::contract::{Contract, PictureInput, StyleInput};
use crate::style::stylizers::frame::fitted;

/// The longer side of a style picture where the graph takes any.
const SIZE: u32 = 512;

/// What goes into one of a stylizer's inputs, made once for any number of pictures.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// The name of the input.
    pub input: String,
    /// What goes in.
    pub tensor: ArrayD<f32>,
}

impl Condition {
    /// What an input takes of a style picture, and the name of the model that made it, if one did.
    ///
    /// # Errors
    /// Those of [`Models::get`] for the predictor that it needs, and those of the predictor's run.
    pub fn of_picture(
        models: &Models,
        input: &StyleInput,
        picture: ImageRef<'_>,
        cancel: &CancelToken,
    ) -> Result<(Self, Option<String>)> {
        match input {
            StyleInput::Picture(input) => {
                Ok((Self { input: input.name.clone(), tensor: encode(input, picture)? }, None))
            }
            StyleInput::Vector { name, predictor } => {
                let predictor = find(models, *predictor)?;
                let contract = Contract::of(&predictor)?;
                let tensor = encode(&contract.content, picture)?;
                let inputs = [(contract.content.name.as_str(), tensor.view())];
                let tensor =
                    predictor.run(&inputs, cancel, |outputs| Ok(outputs.at(0)?.values().to_owned()))?;
                Ok((Self { input: name.clone(), tensor }, Some(predictor.name().to_owned())))
            }
        }
    }

    /// One of facekit's styles: `style`, 1 for it and 0 for the others in the order of [`Style::ALL`], and `strength`, which
    /// is full, since less of a style is mixed with the pixels of the picture itself, which a network sees at another size.
    pub fn of_style(style: Style) -> [Self; 2] {
        let shares = Style::ALL.iter().map(|known| f32::from(*known == style)).collect::<Vec<_>>();
        let shares = ArrayD::from_shape_vec(IxDyn(&[1, shares.len()]), shares).unwrap_or_default();
        [("style", shares), ("strength", ArrayD::ones(IxDyn(&[1, 1])))]
            .map(|(input, tensor)| Self { input: input.to_owned(), tensor })
    }
}

/// The tensor of the middle of a style picture, of the shape that the network takes.
fn encode(input: &PictureInput, picture: ImageRef<'_>) -> Result<ArrayD<f32>> {
    let size = input.frame.seen([picture.width(), picture.height()], SIZE);
    let [width, height] = [0, 1].map(|axis| input.frame.side(axis, size[axis]));
    let scale = f64::min(
        f64::from(picture.width()) / f64::from(width),
        f64::from(picture.height()) / f64::from(height),
    );
    let part = [width, height].map(|side| ((f64::from(side) * scale).round() as u32).max(1));
    let (x, y) = ((picture.width() - part[0]) / 2, (picture.height() - part[1]) / 2);
    let middle = picture.crop(x, y, part[0], part[1])?;
    Ok(input.encode(fitted(middle, [width, height])?.view()))
}

/// The best installed model of a family.
fn find(models: &Models, family: Family) -> Result<Arc<Model>> {
    let rows = models.store().listing();
    let installed = rows
        .iter()
        .find(|row| row.family == family && row.allowed && row.availability != Availability::Missing);
    let known = || rows.iter().find(|row| row.family == family);
    let name = installed.or_else(known).map_or(family.name(), |row| row.name.as_str());
    models.get(Role::Stylizer, Some(name)).map_err(|error: Error| {
        error.context(format!("a style picture is read by a model of the family {family}"))
    })
}
